// Routes are data: a method, a path, an operation. Mounting one puts it on the road; there is no other way.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { remoteOf } from '../platform/http/index.ts'
import { Arrived, type Call } from './call.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import type { Perform } from './perform.ts'
import { readInput } from './read-input.ts'
import type { Route } from './route.ts'
import { mountWhole, type WholeTable } from './whole.ts'

export interface RouteTable {
  /** The room, and the OpenAPI tag. */
  tag: string
  /** `/api/v1`, or empty for pages. */
  base: string
  /** Path of the audience a token needs here, below the issuer; or `session` for first-party pages. */
  audience: '/api' | '/audit' | 'session'
  routes: readonly Route[]
  /** How outputs and refusals are sent; JSON and problem documents without it. */
  reply?: Replier
  /** Turns a request into the operation's input; params, query and body together without it. */
  read?: (request: FastifyRequest) => unknown
}

export interface Replier {
  done(reply: FastifyReply, output: unknown, call: Call): unknown
  /** Undefined leaves the refusal to the problem document. */
  refused(reply: FastifyReply, error: unknown, call: Call): unknown
}

export interface Mounting {
  app: FastifyInstance
  perform: Perform
  issuer: string
}

export function mount(tables: readonly (RouteTable | WholeTable)[], mounting: Mounting): void {
  const { app, perform, issuer } = mounting
  for (const table of tables)
    if ('speech' in table) mountWhole(table, { app, perform, audience: below(issuer, table.audience) })
    else mountRoutes(table, mounting)
}

function mountRoutes(table: RouteTable, { app, perform, issuer }: Mounting): void {
  const audience = table.audience === 'session' ? 'session' : below(issuer, table.audience)
  for (const route of table.routes)
    app.route({
      method: route.method,
      url: `${table.base}${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      config: { operation: route.operation.id },
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const call = callOf(request, {
          ...{ audience, issuer },
          input: () => (table.read ?? readInput)(request),
        })
        try {
          const output = await perform(route.operation, call)
          if (call.position !== undefined) reply.header('x-mandate-position', String(call.position))
          if (table.reply) return await table.reply.done(reply, output, call)
          reply.code(output === undefined ? 204 : (route.status ?? 200))
          return output
        } catch (error) {
          const answered = table.reply && (await table.reply.refused(reply, error, call))
          if (answered === undefined) throw error
          return answered
        }
      },
    })
}

/** Joins the issuer and a path with exactly one slash (CONTRACT §1). */
export const below = (issuer: string, path: string): string => `${issuer.replace(/\/$/, '')}${path}`

export interface Door {
  audience: string
  input: () => unknown
  /** Given where a person's session counts. */
  issuer?: string
}

export function callOf(request: FastifyRequest, { audience, input, issuer }: Door): Call {
  const { authorization, origin, cookie } = request.headers
  const fetchSite = request.headers['sec-fetch-site']
  return new Arrived({
    credentials: {
      audience,
      method: request.method,
      ...(authorization !== undefined && { authorization }),
      ...(origin !== undefined && { origin }),
      ...(typeof fetchSite === 'string' && { fetchSite }),
      ...(issuer !== undefined && { session: sessionCookieOf(cookie, issuer) }),
    },
    input,
    correlation: request.id,
    remote: remoteOf(request.raw),
    idempotencyKey: idempotencyKeyOf(request.method, request.headers['idempotency-key']),
  })
}

/** Name of our session cookie; the `__Host-` prefix needs https (RFC 6265bis §4.1.3.2). */
export const SESSION_COOKIE = { http: 'mandate_session', https: '__Host-mandate_session' }

// Two cookies of one name mean that someone else set one: neither is believed.
export function sessionCookieOf(header: string | undefined, issuer: string): string | undefined {
  if (header === undefined) return undefined
  // Under https only the `__Host-` name counts: a sibling domain can plant the other one.
  const expected = issuer.startsWith('https:') ? SESSION_COOKIE.https : SESSION_COOKIE.http
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .flatMap((pair) => (pair.slice(0, pair.indexOf('=')) === expected ? [pair.slice(pair.indexOf('=') + 1)] : []))
  return values.length === 1 ? values[0] : undefined
}
