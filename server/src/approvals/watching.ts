// Who waits for an answer is woken by the change log, whichever replica the answer came to.
import type { ApprovalId } from '../kernel/ids.ts'
import type { Change, Follower } from '../platform/changes/index.ts'
import { TOPIC } from './store.ts'

export interface Watching extends Follower {
  /** Resolves at the next change of the request, after `ms`, or when `signal` is given; whichever is first. */
  changed(id: ApprovalId, ms: number, signal: AbortSignal): Promise<void>
}

export function watchApprovals(): Watching {
  const waiting = new Map<string, Set<() => void>>()
  const wake = (id: string) => {
    for (const resolve of waiting.get(id) ?? []) resolve()
  }
  return {
    topics: [TOPIC],
    // What changed while the log was out of reach is not told one by one: everybody looks again.
    load: async () => () => {
      for (const id of waiting.keys()) wake(id)
    },
    apply: ({ key }: Change) => wake(key),
    changed(id, ms, signal) {
      if (signal.aborted || ms <= 0) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      const set = waiting.get(id) ?? new Set()
      waiting.set(id, set.add(resolve))
      const timer = setTimeout(resolve, ms)
      signal.addEventListener('abort', () => resolve(), { once: true })
      return promise.finally(() => {
        clearTimeout(timer)
        set.delete(resolve)
        if (set.size === 0 && waiting.get(id) === set) waiting.delete(id)
      })
    },
  }
}
