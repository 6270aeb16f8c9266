// What the conditions of one question may cost altogether: whoever writes an expression, a tuple or a context must not
// be able to hold up everyone else. Upstream limits the cost of each evaluation; a question may make very many.
import { type CelInput, isCelList, isCelMap } from '@bufbuild/cel'

/** About a fifth of a microsecond each. */
const MOST = 2_000_000

export interface Effort {
  left: number
}

export const effort = (): Effort => ({ left: MOST })

/** What it takes to look at a value once, as far as `most`. */
export function weightOf(value: unknown, most: number): number {
  if (typeof value === 'string') return 1 + (value.length >>> 2)
  if (typeof value !== 'object' || value === null) return 1
  if (value instanceof Uint8Array) return 1 + (value.length >>> 2)
  let weight = 1
  for (const part of partsOf(value)) {
    weight += weightOf(part, most - weight)
    if (weight > most) break
  }
  return weight
}

function* partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || isCelList(value)) yield* value
  else if (value instanceof Map || isCelMap(value)) yield* (value as ReadonlyMap<unknown, CelInput>).values()
}

const REPEAT = /\{(\d{1,4})(?:,(\d{0,4}))?\}/g
const LONGEST_PATTERN = 1024
const MOST_REPEATS = 1000

/**
 * What it takes to search a text for a pattern, at most: its length times that of the program the pattern becomes.
 * Infinite where the program would be too large to make.
 */
export function searchWeight(pattern: string, text: string): number {
  if (pattern.length > LONGEST_PATTERN) return Number.POSITIVE_INFINITY
  let repeats = 0
  let nested = 1
  for (const { 1: least, 2: most, index } of pattern.matchAll(REPEAT)) {
    const times = Math.max(Number(least), Number(most || 0))
    repeats += times
    // A group that is repeated may hold repetitions; the engine refuses more than a thousand in all of one nest.
    if (pattern[index - 1] === ')') nested = Math.min(nested * Math.max(times, 1), MOST_REPEATS)
  }
  if (repeats > MOST_REPEATS) return Number.POSITIVE_INFINITY
  return 2 * (pattern.length + repeats) * nested * (text.length + 1)
}
