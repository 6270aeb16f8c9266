// Callers take turns: first come, first served, one at a time, but for those who may not wait.
import { AsyncResource } from 'node:async_hooks'

export interface Turns {
  /** Runs `work` after everything that came before has ended, whether well or badly. */
  last<T>(work: () => Promise<T>): Promise<T>
  /** Runs `work` as soon as what is under way has ended. */
  next<T>(work: () => Promise<T>): Promise<T>
}

export function turns(): Turns {
  const waiting: (() => Promise<void>)[] = []
  let busy = false

  async function serve(): Promise<void> {
    busy = true
    for (let one = waiting.shift(); one; one = waiting.shift()) await one()
    busy = false
  }

  const take =
    (place: 'push' | 'unshift') =>
    <T>(work: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        const inItsContext = AsyncResource.bind(work)
        // Begun a moment later: `work` never runs before its caller has gone on, and what it throws is a rejection.
        waiting[place](() => Promise.resolve().then(inItsContext).then(resolve, reject))
        if (!busy) void serve()
      })
  return { last: take('push'), next: take('unshift') }
}
