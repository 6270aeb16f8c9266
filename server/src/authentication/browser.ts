// What the browser says of a request by itself, and whether one of our own pages made it.
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Problem } from '../kernel/problem.ts'
import { sessionCookieOf } from '../pipeline/index.ts'

export const Browser = z.strictObject({
  origin: z.string().optional(),
  fetch_site: z.string().optional(),
  /** Value of our session cookie. */
  cookie: z.string().optional(),
})
type Browser = z.output<typeof Browser>

export function browserOf({ headers }: FastifyRequest): Browser {
  const site = headers['sec-fetch-site']
  return {
    origin: headers.origin,
    fetch_site: typeof site === 'string' ? site : undefined,
    cookie: sessionCookieOf(headers.cookie),
  }
}

/**
 * Refuses what another site made the browser send: signing someone in as the attacker is an attack too. A page that
 * sends no referrer posts with `Origin: null` (Fetch §3.2); then Sec-Fetch-Site, which no page can set, says it.
 */
export function refuseForeignSite(issuer: string, { origin, fetch_site }: Browser): void {
  if (origin === new URL(issuer).origin) return
  if ((origin === undefined || origin === 'null') && fetch_site === 'same-origin') return
  throw new Problem('forbidden', { detail: `The request comes from another site. Open ${issuer} and try again there.` })
}
