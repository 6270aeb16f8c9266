// Whether one of our own pages made the browser send a request: cookies travel with what other sites cause, too.
import { Problem } from '../kernel/problem.ts'

export interface Origins {
  /** The Origin header. */
  origin?: string | undefined
  /** The Sec-Fetch-Site header, which no page can set. */
  fetchSite?: string | undefined
}

/**
 * Refuses what another site made the browser send; signing someone in as the attacker is an attack too. Browsers say
 * where a POST comes from by Origin (Fetch §3.2) or Sec-Fetch-Site; what says neither was sent by no page at all.
 */
export function refuseForeignSite(issuer: string, { origin, fetchSite }: Origins): void {
  const ours = new URL(issuer).origin
  const byOrigin = origin === undefined || origin === 'null' ? undefined : origin === ours
  const bySite = fetchSite === undefined ? undefined : fetchSite === 'same-origin'
  // `Origin: null` is what pages without a referrer send, and what a sandboxed frame of anyone sends.
  const nameless = origin === 'null' && bySite !== true
  if (byOrigin === false || bySite === false || nameless)
    throw new Problem('forbidden', {
      detail: `The request comes from another site. Open ${ours} and try again there.`,
    })
}
