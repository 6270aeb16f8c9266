// One proxied HTTP request: what it asks for, and the few of its headers that go on.
import type { FastifyRequest } from 'fastify'
import { type Connection, type Connections, operationFor } from '../../connections/index.ts'
import { Problem } from '../../kernel/problem.ts'
import { JsonRefused, parseStrict } from '../../kernel/strict-json.ts'
import { type Declared, declaredOf } from '../records/declared.ts'
import type { RequestParts } from '../records/named.ts'
import { traceparentOf } from '../trace-context.ts'
import { namesIn, queryOf } from './query.ts'
import { type ProxyTarget, targetOf } from './target.ts'

const FORWARDED = [
  'content-type',
  'accept',
  'accept-language',
  'if-match',
  'if-none-match',
  'idempotency-key',
  'prefer',
] as const
const KINDS: readonly string[] = ['http', 'api_key', 'basic', 'none', 'oauth2']

export interface ProxyInput {
  connection: Connection
  method: string
  target: ProxyTarget
  /** The declared operation, or the literal `METHOD /path`. */
  action: string
  declared: Declared
  /** What the request says, for records and decisions. */
  parts: RequestParts
  headers: Record<string, string>
  body: Buffer | undefined
  /** Given when the client closes the connection. */
  gone: AbortSignal
}

/** Read once the caller is known. */
export function proxyInputOf(
  request: FastifyRequest,
  { connections, gone }: { connections: Connections; gone: AbortSignal },
): ProxyInput {
  const { method } = request
  const { connection: name } = request.params as { connection: string }
  const connection = connections.byName(name)
  if (!connection || !KINDS.includes(connection.kind)) throw new Problem('not_found')
  const target = targetOf(request.raw.url ?? '', name)
  const found = operationFor(connection, method, target.path)
  const action = found?.name ?? `${method} ${target.path}`
  const declared = declaredOf(connection.tools.get(action))
  const body = Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body : undefined
  // RFC 9110 §9.3.1: a body of GET means nothing, and is where requests are smuggled.
  if (method === 'GET' && body) throw new Problem('malformed_body', { detail: 'GET has no body.' })
  const query = queryOf(target.query, declared)
  const judged = namesIn(declared, 'body').length > 0 ? jsonBody(body, request.headers['content-type']) : undefined
  return {
    connection,
    method,
    target,
    action,
    declared,
    parts: { params: found?.params ?? {}, query, ...(judged !== undefined && { body: judged }) },
    headers: forwardedOf(request, declared),
    body,
    gone,
  }
}

function forwardedOf(request: FastifyRequest, declared: Declared): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of FORWARDED) {
    const value = request.headers[name]
    // "Not modified" would tell that a record is there, and as it was.
    if (typeof value === 'string' && !(declared.result && name === 'if-none-match')) headers[name] = value
  }
  const traceparent = traceparentOf(request)
  return traceparent === undefined ? headers : { ...headers, traceparent }
}

// What is declared of a body is judged on the very bytes that are sent: they must read one way only.
function jsonBody(body: Buffer | undefined, type: string | undefined): unknown {
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type ?? ''))
    throw new Problem('unsupported_media_type')
  try {
    return parseStrict(body ?? Buffer.alloc(0))
  } catch (error) {
    if (error instanceof JsonRefused) throw new Problem('malformed_body', { detail: `The body ${error.message}.` })
    throw error
  }
}
