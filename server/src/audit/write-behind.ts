// Write-behind: rows nobody waits for, written in batches within half a second, retried, and never dropped in silence.
import { AsyncLocalStorage } from 'node:async_hooks'

export interface WriteBehind<T> {
  /** `weight`: how many records the row stands for. */
  add(row: T, weight?: number): void
  /** Rows not yet written. */
  readonly size: number
  /** Writes what is held; resolves when all is written or a write has failed. */
  flush(): Promise<void>
}

export interface WriteBehindOptions<T> {
  /** Stores all rows or none. Must pass over rows it stored before: a commit may succeed although its answer is lost. */
  write(rows: readonly T[]): Promise<void>
  /** The row that says how many records were lost. */
  lost(records: number): T
  onError(error: Error): void
}

interface Held<T> {
  row: T
  weight: number
}

const DELAY_MS = 500
const BATCH = 500
const LIMIT = 10_000

export function writeBehind<T>({ write, lost, onError }: WriteBehindOptions<T>): WriteBehind<T> {
  const detached = AsyncLocalStorage.snapshot()
  let held: Held<T>[] = []
  let flying: Held<T>[] = []
  let dropped = 0
  let failing = false
  let timer: NodeJS.Timeout | undefined
  let busy: Promise<void> | undefined

  function later(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      void flush()
    }, DELAY_MS).unref()
  }

  function trim(): void {
    const surplus = held.length + flying.length - LIMIT
    if (surplus > 0) for (const { weight } of held.splice(0, surplus)) dropped += weight
  }

  async function run(): Promise<void> {
    // With nothing to write this would end before `busy` is set, which then stayed set.
    await undefined
    failing = false
    try {
      while (held.length > 0 || dropped > 0) {
        if (dropped > 0) held.push({ row: lost(dropped), weight: dropped })
        dropped = 0
        flying = held.splice(0, BATCH)
        await write(flying.map(({ row }) => row))
        flying = []
      }
    } catch (error) {
      held = [...flying, ...held]
      flying = []
      trim()
      failing = true
      onError(error as Error)
    }
    busy = undefined
    if (failing) later()
  }

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    busy ??= detached(run)
    return busy
  }

  return {
    add(row, weight = 1) {
      held.push({ row, weight })
      trim()
      // While writes fail the timer alone tries again.
      if (held.length >= BATCH && !failing) void flush()
      else detached(later)
    },
    get size() {
      return held.length + flying.length
    },
    flush,
  }
}
