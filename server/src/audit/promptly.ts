// Nobody waits for a database that is out of reach: acts are refused at once, and a record under way is given up on as
// soon as the change log has not been heard for too long. What was written after all is an attempt without an act,
// which harms nobody.
import type { Recorder } from '../pipeline/index.ts'

const LOOK_MS = 50

/** `assertFresh` throws `unavailable` when the change log was not heard for too long. */
export function promptly(recorder: Recorder, assertFresh: () => void): Recorder {
  const waiting = new Set<(error: unknown) => void>()
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    try {
      assertFresh()
    } catch (error) {
      for (const giveUp of waiting) giveUp(error)
    }
  }

  async function whileFresh<T>(work: Promise<T>): Promise<T> {
    // Its failure after it was given up on is nobody's any more.
    work.catch(() => {})
    const { promise: outOfReach, reject } = Promise.withResolvers<never>()
    waiting.add(reject)
    timer ??= setInterval(look, LOOK_MS).unref()
    try {
      return await Promise.race([work, outOfReach])
    } finally {
      waiting.delete(reject)
      if (waiting.size === 0) {
        clearInterval(timer)
        timer = undefined
      }
    }
  }

  return {
    ...recorder,
    async attempt(recorded) {
      assertFresh()
      return whileFresh(recorder.attempt(recorded))
    },
    // In the act's own transaction the outcome goes where the transaction goes.
    outcome: (attempt, ended, tx) =>
      tx ? recorder.outcome(attempt, ended, tx) : whileFresh(recorder.outcome(attempt, ended)),
  }
}
