// One HTTP request to an MCP endpoint becomes an operation's input, or the reason why it cannot be.
import type { FastifyRequest } from 'fastify'
import type { Connections } from '../../connections/index.ts'
import { isObject } from '../../kernel/json-object.ts'
import type { Problem } from '../../kernel/problem.ts'
import { JsonRefused, parseStrict } from '../../kernel/strict-json.ts'
import { audienceOf, META, type Readers } from '../audience.ts'
import { REVISIONS } from '../model.ts'
import { isRequest, messageOf, type RpcMessage } from './message.ts'
import { badRequest, RPC, RpcProblem } from './refusals.ts'
import type { Exchange, McpInput } from './relaying.ts'

export type Read = { message: RpcMessage } | { fault: Problem }

/** What stands in the body. It is looked at before the caller is known, in order to know which operation it is about. */
export function readBody({ body, headers }: FastifyRequest): Read {
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? ''))
    return { fault: new RpcProblem('unsupported_media_type', { rpc: RPC.invalidRequest, http: 415 }) }
  try {
    const value = parseStrict(Buffer.isBuffer(body) ? body : Buffer.alloc(0))
    // Batches left the protocol with 2025-06-18.
    if (Array.isArray(value)) return { fault: badRequest('Batches are not accepted; send one message at a time.') }
    const message = messageOf(value)
    return message ? { message } : { fault: badRequest('The body must be one JSON-RPC 2.0 message.') }
  } catch (error) {
    if (!(error instanceof JsonRefused)) throw error
    const rpc = error.unreadable ? RPC.unreadable : RPC.invalidRequest
    return { fault: badRequest(`The body ${error.message}.`, rpc) }
  }
}

/** Read once the caller is known: before that nothing tells which connections exist. */
export function mcpInputOf<M extends RpcMessage | undefined>(
  request: FastifyRequest,
  given: { connections: Connections; issuer: string; readers: Readers; message: M; exchange: Exchange },
): McpInput<M> {
  const { headers, params } = request
  refuseForeignOrigin(headers.origin, given.issuer)
  const connection = given.connections.byName((params as { connection: string }).connection)
  if (connection?.kind !== 'mcp')
    throw new RpcProblem('not_found', { detail: 'There is no MCP server here.', rpc: RPC.denied, http: 404 })
  const { message, exchange } = given
  const opening = message !== undefined && isRequest(message) && message.method === 'initialize'
  const revision = headers['mcp-protocol-version']
  if (!opening && revision !== undefined && !REVISIONS.includes(String(revision)))
    throw badRequest(`MCP-Protocol-Version must be one of ${REVISIONS.join(', ')}.`)
  const session = headers['mcp-session-id']
  if (!opening && session === undefined) throw badRequest('Mcp-Session-Id is missing; initialize first.')
  const audience = audienceOf(headers, { readers: given.readers, meta: metaOf(message) })
  return { connection, message: ours(message), session: opening ? undefined : String(session), audience, exchange }
}

const metaOf = (message: RpcMessage | undefined): unknown =>
  message && 'params' in message ? message.params?._meta : undefined

/** The message without what it says to us: who reads the answer is no affair of the upstream. */
function ours<M extends RpcMessage | undefined>(message: M): M {
  const meta = metaOf(message)
  if (!message || !('params' in message) || !isObject(meta) || !Object.hasOwn(meta, META)) return message
  const { [META]: _, ...rest } = meta
  return { ...message, params: { ...message.params, _meta: rest } }
}

// 2025-11-25, transports: against DNS rebinding. Programs send no Origin; pages of other sites do.
function refuseForeignOrigin(origin: string | undefined, issuer: string): void {
  if (origin !== undefined && origin !== new URL(issuer).origin)
    throw new RpcProblem('forbidden', {
      detail: 'The request comes from another site.',
      rpc: RPC.invalidRequest,
      http: 403,
    })
}
