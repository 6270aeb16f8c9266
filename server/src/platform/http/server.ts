// The HTTP server: strict bodies, problem documents, and a refusal to carry any route that is not on the road.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import formbody from '@fastify/formbody'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Problem, problemDocument } from '../../kernel/problem.ts'
import { clientAddress, type TrustedProxies } from './client-address.ts'
import { Front, putBefore } from './front.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Id of the operation that serves the route. */
    operation?: string
  }
}

/** Routes that answer without the road: they say nothing about anyone. This list only shrinks. */
export const OFF_THE_ROAD: readonly string[] = [
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /api/v1/openapi.json',
  'GET /docs/problems/:name',
]

export interface HttpOptions {
  issuer: string
  tls?: { cert: Buffer; key: Buffer }
  /** Who may say where a request came from; nobody without it. */
  proxies?: TrustedProxies
  /** Told of failures that are ours; the caller sees only a correlation id. */
  onError: (error: unknown, correlation: string) => void
}

const NO_PROXIES: TrustedProxies = { networks: [], header: 'x-forwarded-for' }

/** Bytes a body may have. */
export const BODY_LIMIT = 1_048_576
const REQUEST_MS = 60_000
/** Longer than load balancers keep a connection: they must be the ones to close it. */
const KEEP_ALIVE_MS = 72_000

const DIGITS = 24
let digits = ''
let used = 0

/** Names a call in answers, logs and the audit log: by chance, so that it tells nothing of others, and no secret. */
export function newCorrelation(): string {
  if (used === digits.length) {
    digits = randomBytes(DIGITS * 128).toString('hex')
    used = 0
  }
  used += DIGITS
  return `req_${digits.slice(used - DIGITS, used)}`
}

export async function createHttp({
  issuer,
  tls,
  proxies = NO_PROXIES,
  onError,
}: HttpOptions): Promise<FastifyInstance> {
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): unknown => {
    const problem = asProblem(error)
    if (problem.status >= 500) onError(error, request.id)
    return sendProblem(reply, problem, { issuer, correlation: request.id })
  }
  const front = new Front(onError, clientAddress(proxies))
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    genReqId: newCorrelation,
    forceCloseConnections: 'idle',
    serverFactory(framework) {
      const answer = front.before(framework)
      const options = { requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS }
      return tls ? createTlsServer({ ...tls, ...options }, answer) : createServer(options, answer)
    },
    routerOptions: { maxParamLength: 500 },
    logger: false,
    // A path that the router cannot read leads nowhere; its own answer would repeat it, whatever it holds.
    frameworkErrors: (_, request, reply) => {
      stamp(request as FastifyRequest, reply as FastifyReply)
      refuse(new Problem('not_found'), request as FastifyRequest, reply as FastifyReply)
    },
  }) as unknown as FastifyInstance
  putBefore(app, front)
  app.addHook('preClose', (done) => {
    front.closing = true
    done()
  })
  const routes = new Set<string>()
  const mounted: MountedRoute[] = []
  mountedOn.set(app, mounted)
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const verb of [method].flat()) {
      const route = `${verb} ${url}`
      routes.add(route)
      mounted.push({ method: verb, url, operation: config?.operation })
      const headOfGet = verb === 'HEAD' && (routes.has(`GET ${url}`) || config?.operation !== undefined)
      if (config?.operation === undefined && !OFF_THE_ROAD.includes(route) && !headOfGet && verb !== 'HEAD')
        throw new Error(`${route} is not on the road: give it an operation`)
    }
  })
  await app.register(formbody)
  app.addHook('onRequest', (request, reply, done) => {
    stamp(request, reply)
    done()
  })
  app.setErrorHandler(refuse)
  app.setNotFoundHandler((request, reply) => refuse(new Problem('not_found'), request, reply))
  return app
}

export interface MountedRoute {
  method: string
  /** Fastify's form: `/agents/:id`. */
  url: string
  /** Undefined off the road. */
  operation: string | undefined
}

const mountedOn = new WeakMap<FastifyInstance, MountedRoute[]>()

/** Every route of what `createHttp` made. */
export const routesOf = (app: FastifyInstance): readonly MountedRoute[] => mountedOn.get(app) ?? []

/** What every answer says, also where no hook ran. */
function stamp(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id)
  reply.header('x-content-type-options', 'nosniff')
  reply.header('cache-control', 'no-store')
}

function sendProblem(
  reply: FastifyReply,
  problem: Problem,
  { issuer, correlation }: { issuer: string; correlation: string },
): FastifyReply {
  const base = issuer.replace(/\/$/, '')
  return reply
    .code(problem.status)
    .headers(problem.details.headers ?? {})
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify({ ...problemDocument(problem, base), correlation_id: correlation }))
}

/** Any failure as a problem: ours stay ours, Fastify's are translated, the rest is `internal` and says nothing. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (statusCode === 413) return new Problem('too_large', { cause: error })
  if (statusCode === 415) return new Problem('unsupported_media_type', { cause: error })
  if (statusCode === 400 || code === 'FST_ERR_CTP_INVALID_JSON_BODY')
    return new Problem('malformed_body', { cause: error })
  if (isUnreachableDatabase(error)) return new Problem('unavailable', { cause: error, headers: { 'retry-after': '1' } })
  return new Problem('internal', { cause: error })
}

const CONNECTION_CODES = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  '57P01',
  '57P02',
  '57P03',
  '08006',
]

const isUnreachableDatabase = (error: unknown): boolean => {
  const { code, message } = error as { code?: string; message?: string }
  return (
    (code !== undefined && CONNECTION_CODES.includes(code)) ||
    /timeout exceeded when trying to connect|Connection terminated|embedded database has stopped/.test(message ?? '')
  )
}
