// The MCP endpoint of each connection: which operation a message is, and how its outcome goes back.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { below, callOf, type Operation, type Perform } from '../../pipeline/index.ts'
import { asProblem } from '../../platform/http/index.ts'
import { challenged, isUnauthenticated } from '../challenge.ts'
import { callTool } from '../operations/call-tool.ts'
import { endSession } from '../operations/end-session.ts'
import { listTools } from '../operations/list-tools.ts'
import { listen } from '../operations/listen.ts'
import { relay } from '../operations/relay.ts'
import { type ClientStream, clientStream } from './client-stream.ts'
import { isRequest, isResponse, type RpcId, type RpcMessage } from './message.ts'
import { mcpInputOf, readBody } from './read-request.ts'
import { refusalOf } from './refusals.ts'
import type { Relaying, relayed } from './relaying.ts'

const RELAYED = new Set(['initialize', 'ping'])
/** What clients may say without asking for an answer (2025-11-25): nothing that a server would act on. */
const NOTIFICATIONS = new Set([
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
])

// JSON-RPC has servers carry out what comes without an id, too; it must not slip past the decision that way.
function refuseUnjudged(message: RpcMessage): void {
  if (isRequest(message) || isResponse(message) || NOTIFICATIONS.has(message.method)) return
  throw new Problem('invalid_input', {
    detail: 'id: is required for this method',
    errors: [{ field: 'id', rule: 'is required for this method' }],
  })
}

/** Fastify's form of `/mcp/{connection}`; names of another shape are no connection's. */
export const CONNECTION = ':connection(^[a-z0-9-]{1,40}$)'

export function mcpDoor(given: Relaying) {
  const operations = {
    relay: relay(given),
    listTools: listTools(given),
    callTool: callTool(given),
    listen: listen(given),
    endSession: endSession(given),
  }
  const { issuer, connections, readers } = given
  const audienceOf = (request: FastifyRequest) => below(issuer, `/mcp/${nameOf(request)}`)

  function operationOf(message: RpcMessage | undefined): Operation<z.ZodType, typeof relayed> {
    if (!message || !isRequest(message) || RELAYED.has(message.method)) return operations.relay
    return message.method === 'tools/list' ? operations.listTools : operations.callTool
  }

  /** `id` of the request that is refused; undefined where there is none, and HTTP alone says it. */
  function refuse(
    error: unknown,
    to: { request: FastifyRequest; stream: ClientStream; reply: FastifyReply; id?: RpcId },
  ) {
    const { request, stream, reply, id } = to
    if (isUnauthenticated(error)) throw challenged(error, { issuer, connection: nameOf(request) })
    const problem = asProblem(error)
    if (problem.status >= 500) given.onError(error, request.id)
    const { status, response } = refusalOf(problem, { id: id ?? null, correlation: request.id })
    if (stream.started() && id === undefined) return stream.end()
    if (!stream.started()) reply.headers(problem.details.headers ?? {})
    stream.answer({ response, status: id === undefined && status === 200 ? problem.status : status })
  }

  function mount(app: FastifyInstance, perform: Perform): void {
    app.post(`/mcp/${CONNECTION}`, { config: { operation: operations.relay.id } }, async (request, reply) => {
      const read = readBody(request)
      const message = 'message' in read ? read.message : undefined
      const stream = clientStream(request, reply)
      const call = callOf(request, {
        audience: audienceOf(request),
        input: () => {
          if ('fault' in read) throw read.fault
          refuseUnjudged(read.message)
          return mcpInputOf(request, { connections, issuer, readers, message: read.message, exchange: stream })
        },
      })
      try {
        const { answer, session } = await perform(operationOf(message), call)
        if (session !== undefined) reply.header('mcp-session-id', session)
        if (answer) stream.answer(answer)
        else reply.code(202).send()
      } catch (error) {
        refuse(error, { request, reply, stream, ...(message && isRequest(message) && { id: message.id }) })
      }
      return reply
    })

    const { listen, endSession } = operations
    app.get(
      `/mcp/${CONNECTION}`,
      { config: { operation: listen.id }, exposeHeadRoute: false },
      async (request, reply) => {
        const stream = clientStream(request, reply)
        const input = () => mcpInputOf(request, { connections, issuer, readers, message: undefined, exchange: stream })
        try {
          await perform(listen, callOf(request, { audience: audienceOf(request), input }))
          stream.end()
        } catch (error) {
          refuse(error, { request, reply, stream })
        }
        return reply
      },
    )

    app.delete(`/mcp/${CONNECTION}`, { config: { operation: endSession.id } }, async (request, reply) => {
      const stream = clientStream(request, reply)
      const input = () => mcpInputOf(request, { connections, issuer, readers, message: undefined, exchange: stream })
      try {
        await perform(endSession, callOf(request, { audience: audienceOf(request), input }))
        reply.code(204).send()
      } catch (error) {
        refuse(error, { request, reply, stream })
      }
      return reply
    })
  }
  return { mount, operations: Object.values(operations) as Operation[] }
}

const nameOf = ({ params }: FastifyRequest): string => (params as { connection: string }).connection
