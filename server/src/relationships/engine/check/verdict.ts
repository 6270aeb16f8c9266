// Four answers and how they combine. What goes in a cycle is OPEN: it never grants, and being subtracted it lets
// nothing through. What cannot be judged (a condition without its parameters) is FAULTY: refused, unless another way
// decides. As upstream's `union`, `intersection` and `exclusion`.
export const NO = 0
export const YES = 1
export const OPEN = 2
export const FAULTY = 3
export type Verdict = typeof NO | typeof YES | typeof OPEN | typeof FAULTY

/** In the order of strength within a union: YES, FAULTY, OPEN, NO. */
export function either(a: Verdict, b: Verdict): Verdict {
  if (a === YES || b === YES) return YES
  if (a === FAULTY || b === FAULTY) return FAULTY
  return a === OPEN || b === OPEN ? OPEN : NO
}

/** In the order of strength within an intersection: NO, OPEN, FAULTY, YES. */
export function both(a: Verdict, b: Verdict): Verdict {
  if (a === NO || b === NO) return NO
  if (a === OPEN || b === OPEN) return OPEN
  return a === FAULTY || b === FAULTY ? FAULTY : YES
}

export const not = (verdict: Verdict): Verdict => (verdict === NO ? YES : verdict === YES ? NO : verdict)
