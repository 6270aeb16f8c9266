// Token buckets: each name may draw at a steady rate, and a number at once.
import { LRUCache } from 'lru-cache'
import { Problem } from '../kernel/problem.ts'

export interface Rate {
  /** Requests a second, sustained. */
  perSecond: number
  /** Requests at once. */
  burst: number
}

export interface TokenBuckets {
  /** Throws `rate_limited` with Retry-After when nothing is left; draws nothing. */
  check(name: string): void
  /** Draws `count`, also beyond what is left; a negative count gives back. */
  draw(name: string, count?: number): void
}

/** Names kept at once; the one that was used least recently gives way. */
const NAMES = 50_000

/** `elapsed` is a monotonic clock in milliseconds. */
export function tokenBuckets({ perSecond, burst }: Rate, elapsed: () => number): TokenBuckets {
  const buckets = new LRUCache<string, { left: number; at: number }>({ max: NAMES })

  function bucketOf(name: string): { left: number; at: number } {
    const now = elapsed()
    let bucket = buckets.get(name)
    if (bucket === undefined) {
      bucket = { left: burst, at: now }
      buckets.set(name, bucket)
      return bucket
    }
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) * perSecond) / 1000)
    bucket.at = now
    return bucket
  }

  return {
    check(name) {
      const { left } = bucketOf(name)
      if (left >= 1) return
      const seconds = Math.max(1, Math.ceil((1 - left) / perSecond))
      throw new Problem('rate_limited', { headers: { 'retry-after': String(seconds) } })
    },
    draw(name, count = 1) {
      const bucket = bucketOf(name)
      bucket.left = Math.min(burst, bucket.left - count)
    },
  }
}
