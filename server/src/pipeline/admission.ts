// How much one caller may ask of the management API: a bucket each, refilled steadily, refused early when empty.
import { LRUCache } from 'lru-cache'
import type { Principal } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import type { Ports } from './ports.ts'

export interface AdmissionTerms {
  /** The door it guards. */
  audience: string
  /** Requests a second, sustained. */
  perSecond: number
  /** Requests at once. */
  burst: number
  /** Monotonic milliseconds. */
  elapsed(): number
}

/** `authenticate`, and then `rate_limited` with Retry-After when the caller's bucket is empty. Counted per replica. */
export function admitting(authenticate: Ports['authenticate'], terms: AdmissionTerms): Ports['authenticate'] {
  const { audience, perSecond, burst, elapsed } = terms
  const buckets = new LRUCache<string, { left: number; at: number }>({ max: 50_000 })

  const admit = ({ sub, client }: Principal): void => {
    const caller = `${sub} ${client}`
    const now = elapsed()
    const bucket = buckets.get(caller) ?? { left: burst, at: now }
    const left = Math.min(burst, bucket.left + ((now - bucket.at) * perSecond) / 1000)
    if (left < 1) {
      const seconds = Math.max(1, Math.ceil((1 - left) / perSecond))
      throw new Problem('rate_limited', { headers: { 'retry-after': String(seconds) } })
    }
    buckets.set(caller, { left: left - 1, at: now })
  }

  const admitted = (principal: Principal): Principal => {
    admit(principal)
    return principal
  }
  return (call) => {
    const principal = authenticate(call)
    if (call.credentials.audience !== audience) return principal
    return principal instanceof Promise ? principal.then(admitted) : admitted(principal)
  }
}
