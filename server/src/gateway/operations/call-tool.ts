// One call of a tool, or of another method of the server that is granted like one, with its records judged.
import { type Effect, isToolName } from '@mandate/contract'
import { effectOf } from '../../connections/index.ts'
import { isObject } from '../../kernel/json-object.ts'
import { Problem } from '../../kernel/problem.ts'
import { type Context, operation } from '../../pipeline/index.ts'
import { approvalRequest } from '../approval-request.ts'
import { META, shownTo } from '../audience.ts'
import { judgeAnswer, judgeCall } from '../judge-call.ts'
import type { RpcRequest, RpcResponse } from '../mcp/message.ts'
import { badRequest, RPC } from '../mcp/refusals.ts'
import {
  filteredPass,
  inSession,
  type McpInput,
  mcpInput,
  type Relayed,
  type Relaying,
  relayed,
} from '../mcp/relaying.ts'
import type { Answer } from '../mcp/upstream.ts'
import { resourceOf } from '../model.ts'
import { type Declared, declaredOf, filtersResult, namesRecords } from '../records/declaration.ts'
import { filterRecords } from '../records/filter.ts'
import { contextOf } from '../records/request-records.ts'
import type { Sight } from '../records/sight.ts'
import { judgeToolResult, NOT_FOUND, OVERSIZED, REFUSED } from '../records/tool-result.ts'

type Input = McpInput<RpcRequest>

export const callTool = (given: Relaying) =>
  operation({
    id: 'gateway.call-tool',
    summary: 'Call a tool of a connection.',
    audit: 'act',
    input: mcpInput<RpcRequest>(),
    output: relayed,
    asks(input) {
      const context = contextOf(declarationOf(input), partsOf(input.message))
      return [{ action: toolOf(input.message), resource: resourceOf(input.connection), ...(context && { context }) }]
    },
    async asked(context, input) {
      const { connection, message, exchange, audience } = input
      // Nobody is asked about a record that the person may not see, or in a session that is over.
      given.sessions.find(input.session, { connection, principal: context.principal })
      const declared = declarationOf(input)
      const parts = partsOf(message)
      if (!(await judgeCall(given, context, { declared, parts, audience }))) throw new Problem('not_found')
      refuseTask(message, declared)
      const { arguments: shown } = parts
      const action = toolOf(message)
      return approvalRequest(given, context, {
        connection,
        action,
        context: contextOf(declared, parts),
        // Who will read the answer is part of what is agreed to.
        request: {
          upstream: connection.upstream,
          method: message.method,
          tool: action,
          arguments: shown,
          ...shownTo(audience),
        },
        arguments: isObject(shown) && audience ? { ...shown, [META]: shownTo(audience).audience } : shown,
        waitMs: exchange.waitMs,
        gone: exchange.gone,
        waiting: (seconds) => tellWaiting(input, seconds),
      })
    },
    async reach(context, call): Promise<Relayed> {
      const input = context.approval === undefined ? call : { ...call, message: approved(call.message) }
      const { connection, message, exchange, audience } = input
      const declared = declarationOf(input)
      const sight = await judgeCall(given, context, { declared, parts: partsOf(message), audience })
      if (!sight) {
        given.sessions.find(input.session, { connection, principal: context.principal })
        return { answer: { response: notFound(message) } }
      }
      refuseTask(message, declared)
      const effect: Effect = effectOf(connection, toolOf(message))
      const answer = await inSession<Relayed['answer']>(given, { context, input, effect }, async (session, sending) => {
        const filtered = namesRecords(declared)
        const pass = filtered ? filteredPass(given, { message, exchange, session, sending }) : exchange.pass
        const answered = await session.upstream.request(message, { ...sending, pass })
        context.note({ bytes: answered.bytes })
        if (!filtered) return answered
        return judgeAnswer(given, { context, declared, signal: sending.signal }, () =>
          judged(answered, { message, declared, sight, context }),
        )
      })
      return { answer }
    },
  })

/** What was shown and nothing beside it: a call may carry more than its name and its arguments. */
function approved({ params = {}, ...message }: RpcRequest): RpcRequest {
  const { _meta, ...rest } = params
  const token = isObject(_meta) ? _meta.progressToken : undefined
  const meta = token === undefined ? {} : { _meta: { progressToken: token } }
  if (message.method !== 'tools/call') return { ...message, params: { ...rest, ...meta } }
  return { ...message, params: { name: rest.name, arguments: rest.arguments ?? {}, ...meta } }
}

// 2025-11-25, progress: only where the client gave a token for it; many clients wait longer when they hear something.
function tellWaiting({ message, exchange }: Input, seconds: number): void {
  const meta = message.params?._meta
  const progressToken = isObject(meta) ? meta.progressToken : undefined
  if (typeof progressToken !== 'string' && typeof progressToken !== 'number') return
  exchange.pass({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken, progress: seconds, message: 'Waiting for a person to approve this.' },
  })
}

/** The name a managed connection grants: the tool's, or the method's for all that is not `tools/call`. */
function toolOf({ method, params }: RpcRequest): string {
  const name = method === 'tools/call' ? params?.name : method
  if (typeof name !== 'string' || !isToolName(name))
    throw badRequest('params.name: must be the name of a tool', RPC.invalidParams)
  return name
}

const declarationOf = ({ connection, message }: Input): Declared => declaredOf(connection.tools.get(toolOf(message)))

function partsOf({ method, params = {} }: RpcRequest): { arguments: unknown } {
  if (method !== 'tools/call') {
    const { _meta, ...rest } = params
    return { arguments: rest }
  }
  const { arguments: given = {} } = params
  if (!isObject(given)) throw badRequest('params.arguments: must be an object', RPC.invalidParams)
  return { arguments: given }
}

// Its result would be fetched by another method, past the place where it is judged.
function refuseTask({ params }: RpcRequest, declared: Declared): void {
  if (params?.task !== undefined && namesRecords(declared))
    throw badRequest('params.task: this tool cannot be called as a task', RPC.invalidParams)
}

async function judged(
  { response }: Answer,
  given: { message: RpcRequest; declared: Declared; sight: Sight; context: Context },
): Promise<Pick<Answer, 'response'>> {
  const { message, declared, sight, context } = given
  const { result, error } = response
  if (error || (isObject(result) && result.isError === true)) {
    context.note({ records: 0, withheld: 0, failed: true })
    return { response: filtersResult(declared) ? notFound(message) : refused(message) }
  }
  if (!filtersResult(declared)) return { response }
  if (message.method === 'tools/call') {
    const { result: kept, ...tally } = await judgeToolResult(result, declared, sight)
    context.note({ ...tally })
    return { response: { ...response, result: kept } }
  }
  // Content items are of tools; the result of another method is known by what is declared of it as a whole.
  const filtered = declared.result && (await filterRecords(result, declared.result, sight))
  if (filtered?.outcome !== 'kept') {
    context.note({ records: 0, withheld: filtered && 'withheld' in filtered ? filtered.withheld : 0 })
    if (filtered?.outcome === 'oversized') throw new Problem('upstream_failed', { detail: OVERSIZED })
    return { response: notFound(message) }
  }
  const { outcome: _, value, ...tally } = filtered
  context.note(tally)
  return { response: { ...response, result: value } }
}

function refused({ id, method }: RpcRequest): RpcResponse {
  if (method === 'tools/call') return { jsonrpc: '2.0', id, result: REFUSED }
  return { jsonrpc: '2.0', id, error: { code: RPC.denied, message: 'The system behind the connection refused this.' } }
}

function notFound({ id, method }: RpcRequest): RpcResponse {
  if (method === 'tools/call') return { jsonrpc: '2.0', id, result: NOT_FOUND }
  return { jsonrpc: '2.0', id, error: { code: RPC.notFound, message: 'Not found.' } }
}
