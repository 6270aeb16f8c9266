// One proxied HTTP request: what it asks for, and the few of its headers that go on.
import type { FastifyRequest } from 'fastify'
import { type Connection, type Connections, type FoundOperation, operationFor } from '../../connections/index.ts'
import { canonical } from '../../kernel/canonical.ts'
import { invalid, Problem } from '../../kernel/problem.ts'
import { JsonRefused, parseStrict } from '../../kernel/strict-json.ts'
import { DEFAULT_WAIT, waitOf } from '../approval-request.ts'
import { type Audience, audienceOf, type Readers } from '../audience.ts'
import { type Declared, declaredOf, namesRecords } from '../records/declaration.ts'
import type { RequestParts } from '../records/request-records.ts'
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
  /** Other operations that the path is as well; all must be allowed. */
  rivals: readonly string[]
  declared: Declared
  /** What the request says, for records and decisions. */
  parts: RequestParts
  headers: Record<string, string>
  body: Buffer | undefined
  /** Who will read the answer beside its user, where that is said. */
  audience: Audience | undefined
  /** Milliseconds the client is ready to wait for a person's answer. */
  waitMs: number
  /** Given when the client closes the connection. */
  gone: AbortSignal
}

/** Read once the caller is known. */
export function proxyInputOf(
  request: FastifyRequest,
  { connections, readers, gone }: { connections: Connections; readers: Readers; gone: AbortSignal },
): ProxyInput {
  const { method } = request
  const { connection: name } = request.params as { connection: string }
  const connection = connections.byName(name)
  if (!connection || !KINDS.includes(connection.kind)) throw new Problem('not_found')
  const target = targetOf(request.raw.url ?? '', name)
  const found = operationFor(connection, method, target.path)
  const action = found?.name ?? `${method} ${target.path}`
  const declared = declaredOf(connection.tools.get(action))
  if (found) refuseUnclear(found, connection)
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
    rivals: found?.rivals ?? [],
    declared,
    parts: { params: found?.params ?? {}, query, ...(judged !== undefined && { body: judged }) },
    headers: forwardedOf(request, declared),
    body,
    audience: audienceOf(request.headers, { readers }),
    waitMs: waitOf(request.headers.prefer, DEFAULT_WAIT.http),
    gone,
  }
}

// Records and decisions are judged by values and declarations: there must be one reading of them.
function refuseUnclear({ name, ambiguous, rivals }: FoundOperation, { tools }: Connection): void {
  const judged = [name, ...rivals].map((each) => declaredOf(tools.get(each)))
  if (rivals.length > 0 && judged.some((declared) => namesRecords(declared) || declared.context.length > 0))
    throw invalid('path', `is \`${name}\` and also \`${rivals.join('`, `')}\`; declare the path itself to say which`)
  if (ambiguous && judged.some((declared) => namesIn(declared, 'params').length > 0))
    throw invalid('path', `has values that \`${name}\` could be read from in more than one way`)
}

function forwardedOf(request: FastifyRequest, declared: Declared): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of FORWARDED) {
    const value = request.headers[name]
    // "Not modified" would tell that a record is there, and as it was.
    const ours = name === 'prefer' && typeof value === 'string' && /\bwait\b/i.test(value)
    if (typeof value === 'string' && !ours && !(declared.result && name === 'if-none-match')) headers[name] = value
  }
  const traceparent = traceparentOf(request)
  return traceparent === undefined ? headers : { ...headers, traceparent }
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/** The request as people are shown it and as it is hashed: a body of JSON by what it says, any other by its bytes. */
export function exactOf({ connection, method, target, headers, body }: ProxyInput): Record<string, unknown> {
  const kept = Object.entries(headers).filter(([name]) => EXACT.has(name))
  const exact = { method, path: target.path, query: target.query ?? null, headers: Object.fromEntries(kept) }
  if (!body) return { ...exact, upstream: connection.upstream }
  const type = headers['content-type'] ?? ''
  if (JSON_TYPE.test(type)) refuseOtherCharset(type)
  if (JSON_TYPE.test(type)) return { ...exact, upstream: connection.upstream, body: parsed(body) }
  return { ...exact, upstream: connection.upstream, body_base64: body.toString('base64') }
}

// An upstream that believes the parameter (UTF-7, UTF-16) would read another text than the one that is shown.
function refuseOtherCharset(type: string): void {
  if (!/^[^;]+(?:;\s*charset="?utf-8"?\s*)?$/i.test(type)) throw new Problem('unsupported_media_type')
}

const EXACT: ReadonlySet<string> = new Set(['content-type', 'if-match', 'if-none-match', 'idempotency-key'])

/** After a yes: the one spelling of what was shown, and no header beside those that were. */
export function approvedRequest(input: ProxyInput): Pick<ProxyInput, 'headers' | 'body'> {
  const { headers, body } = input
  const kept = Object.entries(headers).filter(
    ([name]) => EXACT.has(name) || name === 'accept' || name === 'traceparent',
  )
  const isJson = body && JSON_TYPE.test(headers['content-type'] ?? '')
  return { headers: Object.fromEntries(kept), body: isJson ? Buffer.from(canonical(parsed(body))) : body }
}

// What is declared of a body is judged on the very bytes that are sent: they must read one way only.
function jsonBody(body: Buffer | undefined, type: string | undefined): unknown {
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type ?? ''))
    throw new Problem('unsupported_media_type')
  return parsed(body ?? Buffer.alloc(0))
}

function parsed(body: Buffer): unknown {
  try {
    return parseStrict(body)
  } catch (error) {
    if (error instanceof JsonRefused) throw new Problem('malformed_body', { detail: `The body ${error.message}.` })
    throw error
  }
}
