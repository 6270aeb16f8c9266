// How much one caller may ask, and how much a network may ask before anybody in it is known: refused early, with the
// time to wait. Counted per replica.
import type { Principal } from '../kernel/principal.ts'
import { networkOf } from '../platform/http/index.ts'
import type { Anonymous } from './anonymous.ts'
import type { Ports } from './ports.ts'
import { type Rate, tokenBuckets } from './token-buckets.ts'

/** Doors whose callers are counted apart: a question costs less than a call that leaves the server. */
export type AdmissionDoor = 'api' | 'fga' | 'gateway' | 'oauth'

export interface AdmissionTerms {
  issuer: string
  rates: Readonly<Record<AdmissionDoor, Rate>>
  /** For calls of nobody yet, per network. */
  anonymous: Rate
  /** Monotonic milliseconds. */
  elapsed(): number
}

export interface Admission {
  /** `authenticate`, and then `rate_limited` with Retry-After when the caller's bucket is empty. */
  admitting(authenticate: Ports['authenticate']): Ports['authenticate']
  /** Lets a call in that proved nothing yet. Throws `rate_limited` when its network has nothing left. */
  anonymous(remote: string): Anonymous
  /** Throws `rate_limited` when that client has used up what it may ask of the protocol endpoints; draws nothing. */
  checkClient(client: string): void
  /** Counts a request that the client proved to be its own. */
  countClient(client: string): void
}

export function admission({ issuer, rates, anonymous, elapsed }: AdmissionTerms): Admission {
  const buckets = {
    api: tokenBuckets(rates.api, elapsed),
    fga: tokenBuckets(rates.fga, elapsed),
    gateway: tokenBuckets(rates.gateway, elapsed),
    oauth: tokenBuckets(rates.oauth, elapsed),
  }
  const networks = tokenBuckets(anonymous, elapsed)
  const base = issuer.replace(/\/$/, '')

  function doorOf(audience: string): AdmissionDoor {
    if (audience.startsWith(`${base}/mcp`)) return 'gateway'
    return audience === `${base}/fga` ? 'fga' : 'api'
  }
  return {
    admitting: (authenticate) => (call) => {
      const { audience } = call.credentials
      const bucket = buckets[doorOf(audience)]
      const admitted = (principal: Principal): Principal => {
        const caller = `${principal.sub} ${principal.client}`
        bucket.check(caller)
        bucket.draw(caller)
        return principal
      }
      const principal = authenticate(call)
      return principal instanceof Promise ? principal.then(admitted) : admitted(principal)
    },
    anonymous(remote) {
      const network = networkOf(remote)
      networks.check(network)
      networks.draw(network)
      let known = false
      return {
        identified(requests = 1) {
          if (!known) networks.draw(network, -requests)
          known = true
        },
      }
    },
    checkClient: (client) => buckets.oauth.check(client),
    countClient: (client) => buckets.oauth.draw(client),
  }
}
