// How many programs may run at once for all callers together: memory is shared by everyone.
import { Problem } from '../../kernel/problem.ts'

export interface Children {
  /** Starts one more; `make` is given what to call when it ended. Throws `rate_limited` when there are too many. */
  start<T>(make: (ended: () => void) => T): T
}

export function createChildren(most: number): Children {
  let running = 0
  return {
    start(make) {
      if (running >= most)
        throw new Problem('rate_limited', {
          detail: 'Too many programs are running for connections; end a session, or wait.',
          headers: { 'retry-after': '10' },
        })
      running += 1
      let counted = true
      const ended = () => {
        if (counted) running -= 1
        counted = false
      }
      try {
        return make(ended)
      } catch (error) {
        ended()
        throw error
      }
    },
  }
}
