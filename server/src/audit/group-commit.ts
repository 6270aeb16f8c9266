// Group commit: callers that come while a write is under way share the next one.
import { AsyncLocalStorage } from 'node:async_hooks'
import { Problem } from '../kernel/problem.ts'

export interface GroupCommit<T> {
  /** Resolves once `row` is written; rejects with what its write failed with, or at once when `limit` rows wait. */
  add(row: T, limit: number): Promise<void>
  /** Rows not yet written. */
  readonly size: number
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

interface Waiting<T> {
  row: T
  resolve: () => void
  reject: (error: unknown) => void
}

const BATCH = 1_000

/** `write` stores all rows or none. */
export function groupCommit<T>(write: (rows: readonly T[]) => Promise<void>): GroupCommit<T> {
  // A batch belongs to no one caller: it must not run in the transaction or trace of whoever came first.
  const detached = AsyncLocalStorage.snapshot()
  let queue: Waiting<T>[] = []
  let flying: readonly Waiting<T>[] = []
  let busy: Promise<void> | undefined

  async function fly(): Promise<void> {
    // Calls of the same turn go together from the first batch on.
    await undefined
    while (queue.length > 0) {
      flying = queue.slice(0, BATCH)
      queue = queue.slice(BATCH)
      try {
        await write(flying.map(({ row }) => row))
        for (const { resolve } of flying) resolve()
      } catch (error) {
        for (const { reject } of flying) reject(error)
      }
      flying = []
    }
    busy = undefined
  }

  return {
    add(row, limit) {
      if (queue.length >= limit)
        return Promise.reject(
          new Problem('unavailable', {
            detail: 'Too many acts wait to be recorded; try again shortly.',
            headers: { 'retry-after': '1' },
          }),
        )
      return new Promise((resolve, reject) => {
        queue.push({ row, resolve, reject })
        busy ??= detached(fly)
      })
    },
    get size() {
      return queue.length + flying.length
    },
    async idle() {
      while (busy) await busy
    },
  }
}
