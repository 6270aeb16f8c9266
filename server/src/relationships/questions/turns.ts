// Long work in slices: one slice of all that is under way, then a turn for whatever else waits, then the next.

export type Turn = () => Promise<void>

/**
 * Waits for its turn, in the order in which it was asked for. One is given each time around the event loop: however many
 * lists are made at once, requests and the change log are heard between any two slices of them.
 */
export function turns(): Turn {
  const waiting: (() => void)[] = []
  let giving = false
  const give = () => {
    const next = waiting.shift()
    giving = next !== undefined
    if (!next) return
    setImmediate(give)
    next()
  }
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (giving) return
      giving = true
      setImmediate(give)
    })
}

/** To its end, with a turn at each yield. */
export async function inTurns<T>(slices: Generator<void, T>, turn: Turn): Promise<T> {
  for (;;) {
    const { done, value } = slices.next()
    if (done) return value
    await turn()
  }
}
