// What an MCP session needs to live: initialize, ping, notifications, and responses to the server's own requests.

import { LISTING } from '../../connections/index.ts'
import { isObject } from '../../kernel/json-object.ts'
import type { Context } from '../../pipeline/index.ts'
import { operation } from '../../pipeline/index.ts'
import { isRequest, type RpcMessage, type RpcRequest } from '../mcp/message.ts'
import {
  filteredPass,
  heldCall,
  inSession,
  type McpInput,
  mcpInput,
  type Relayed,
  type Relaying,
  reachUpstream,
  relayed,
} from '../mcp/relaying.ts'
import type { Session } from '../mcp/sessions.ts'
import { REVISIONS, resourceOf } from '../model.ts'
import { concernsRecords } from '../records/declaration.ts'
import { UpstreamFault } from '../upstream-problem.ts'

export const relay = (given: Relaying) =>
  operation({
    id: 'gateway.relay',
    summary: 'Open and keep an MCP session.',
    audit: 'read',
    input: mcpInput<RpcMessage>(),
    output: relayed,
    asks: ({ connection }) => [{ action: LISTING, resource: resourceOf(connection) }],
    async reach(context, input): Promise<Relayed> {
      const { connection, message, exchange } = input
      if (!isRequest(message)) {
        await inSession(given, { context, input }, (session, sending) => session.upstream.tell(message, sending))
        return {}
      }
      if (message.method === 'initialize') return initialize(given, context, { ...input, message })
      const answer = await inSession(given, { context, input }, (session, sending) =>
        session.upstream.request(message, {
          ...sending,
          pass: concernsRecords(connection)
            ? filteredPass(given, { message, exchange, session, sending })
            : exchange.pass,
        }),
      )
      return { answer }
    },
  })

async function initialize(given: Relaying, context: Context, input: McpInput<RpcRequest>): Promise<Relayed> {
  const { connection, message } = input
  return heldCall(given, { context, input }, async (sending) => {
    let session: Session | undefined
    const upstream = await reachUpstream(given, connection, () => session && given.sessions.drop(session))
    try {
      const answer = await upstream.request(asked(message), { ...sending, pass: () => undefined })
      if (answer.response.error) {
        await upstream.end()
        return { answer }
      }
      upstream.revision = revisionOf(answer.response.result)
      session = given.sessions.open({ connection, principal: context.principal, upstream })
      return { answer, session: session.id }
    } catch (error) {
      await upstream.end()
      throw error
    }
  })
}

// A client newer than us is offered what we can relay (2025-11-25, lifecycle: version negotiation).
function asked(message: RpcRequest): RpcRequest {
  if (REVISIONS.includes(String(message.params?.protocolVersion))) return message
  return { ...message, params: { ...message.params, protocolVersion: REVISIONS[0] } }
}

function revisionOf(result: unknown): string {
  const revision = isObject(result) ? String(result.protocolVersion) : ''
  if (!REVISIONS.includes(revision))
    throw new UpstreamFault('The upstream speaks a revision of MCP that is not relayed here.', false)
  return revision
}
