// The bad days of a provider, on demand: late answers, errors, and connections that drop once the tokens have changed.
export interface Fault {
  /** `before`: nothing was issued or rotated. `after`: it was, and the client will not learn of it. */
  when: 'before' | 'after'
  how: 'status_500' | 'drop'
}

export interface Faults {
  /** The token endpoint answers this much later; what it does it does at once. */
  slowToken(ms: number): void
  /** The next token requests end like this. `Infinity` lasts until `mendToken`. */
  breakToken(fault: Fault, times?: number): void
  mendToken(): void
  delayMs(): number
  /** What is to happen to the request at hand. */
  next(): Fault | undefined
}

export function createFaults(slowTokenMs: number): Faults {
  let delay = slowTokenMs
  let broken: { fault: Fault; left: number } | undefined
  return {
    slowToken(ms) {
      delay = ms
    },
    breakToken(fault, times = 1) {
      broken = { fault, left: times }
    },
    mendToken() {
      broken = undefined
    },
    delayMs: () => delay,
    next() {
      if (!broken || broken.left < 1) return undefined
      broken.left -= 1
      return broken.fault
    },
  }
}
