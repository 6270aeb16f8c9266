// Numbers that look random and are the same in every run (mulberry32), and two ways to pick: evenly, and as Zipf did.

export interface Chance {
  /** From 0 to `n` - 1, each as likely. */
  below(n: number): number
  /** From 0 to `n` - 1, the first far more likely than the last. */
  zipf(n: number): number
}

export function chance(seed: number): Chance {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (n) => Math.floor(next() * n),
    // By the inverse of the continuous distribution with exponent one: good enough, and no table.
    zipf: (n) => Math.min(n - 1, Math.floor((n + 1) ** next()) - 1),
  }
}
