// What the browser says of a request by itself.
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { sessionCookieOf } from '../pipeline/index.ts'

export const Browser = z.strictObject({
  origin: z.string().optional(),
  fetchSite: z.string().optional(),
  /** Value of our session cookie. */
  cookie: z.string().optional(),
})
type Browser = z.output<typeof Browser>

export function browserOf({ headers }: FastifyRequest, issuer: string): Browser {
  const site = headers['sec-fetch-site']
  return {
    origin: headers.origin,
    fetchSite: typeof site === 'string' ? site : undefined,
    cookie: sessionCookieOf(headers.cookie, issuer),
  }
}
