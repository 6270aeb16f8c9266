// Callers take turns: first come, first served, one at a time.

/** Returns a function that runs each piece of work after the one before it has ended, whether well or badly. */
export function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }
}
