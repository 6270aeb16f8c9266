// A rate cap per reason and address: what is beyond it is counted, and the count is reported.

export interface Suppressed {
  reason: string
  remote: string
  suppressed: number
}

export interface RateCap {
  /** Whether one more may be written; otherwise it was counted. */
  spend(reason: string, remote: string): boolean
  /** Counts one that is not to be written. */
  count(reason: string, remote: string): void
  /** Takes the counts there are, and forgets who has been quiet. */
  sweep(): Suppressed[]
  /** Whether there is anything to sweep. */
  readonly busy: boolean
}

export const CAPACITY = 20
export const PERIOD_MS = 10_000
/** More callers than this at once share one bucket for each reason, so that inventing addresses gains nothing. */
const BUCKETS = 1_000
const OTHERS = 'others'

interface Bucket extends Suppressed {
  tokens: number
  at: number
}

/** Token buckets of 20 that fill up in 10 seconds; `elapsed` is a monotonic clock in milliseconds. */
export function rateCap(elapsed: () => number): RateCap {
  const buckets = new Map<string, Bucket>()

  const filled = ({ tokens, at }: Bucket, now: number): number =>
    Math.min(CAPACITY, tokens + ((now - at) * CAPACITY) / PERIOD_MS)

  function bucket(reason: string, remote: string): Bucket {
    const key = JSON.stringify([reason, remote])
    const known = buckets.get(key)
    if (known) return known
    if (buckets.size >= BUCKETS && remote !== OTHERS) return bucket(reason, OTHERS)
    const fresh = { reason, remote, suppressed: 0, tokens: CAPACITY, at: elapsed() }
    buckets.set(key, fresh)
    return fresh
  }

  return {
    spend(reason, remote) {
      const of = bucket(reason, remote)
      const now = elapsed()
      of.tokens = filled(of, now)
      of.at = now
      const may = of.tokens >= 1
      if (may) of.tokens -= 1
      else of.suppressed += 1
      return may
    },
    count(reason, remote) {
      bucket(reason, remote).suppressed += 1
    },
    sweep() {
      const now = elapsed()
      const counts: Suppressed[] = []
      for (const [key, of] of buckets) {
        const { reason, remote, suppressed } = of
        if (suppressed > 0) counts.push({ reason, remote, suppressed })
        of.suppressed = 0
        if (filled(of, now) >= CAPACITY) buckets.delete(key)
      }
      return counts
    },
    get busy() {
      return buckets.size > 0
    },
  }
}
