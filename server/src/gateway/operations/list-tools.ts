// The tools of a connection that the caller may call, or ask for.
import { isToolName } from '@mandate/contract'
import { LISTING } from '../../connections/index.ts'
import { isObject } from '../../kernel/json-object.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import type { RpcRequest } from '../mcp/message.ts'
import { filteredPass, inSession, mcpInput, type Relayed, type Relaying, relayed } from '../mcp/relaying.ts'
import { resourceOf } from '../model.ts'
import { concernsRecords, declaredOf, filtersResult } from '../records/declaration.ts'

export const listTools = (given: Relaying) =>
  operation({
    id: 'gateway.list-tools',
    summary: 'List the tools of a connection that the caller may use.',
    audit: 'read',
    input: mcpInput<RpcRequest>(),
    output: relayed,
    asks: ({ connection }) => [{ action: LISTING, resource: resourceOf(connection) }],
    async reach(context, input): Promise<Relayed> {
      const { connection, message, exchange } = input
      const answer = await inSession(given, { context, input }, (session, sending) =>
        session.upstream.request(message, {
          ...sending,
          pass: concernsRecords(connection)
            ? filteredPass(given, { message, exchange, session, sending })
            : exchange.pass,
        }),
      )
      const { result, error } = answer.response
      if (error) return { answer }
      if (!isObject(result) || !Array.isArray(result.tools))
        throw new Problem('upstream_failed', { detail: 'The upstream did not answer with a list of tools.' })
      const resource = resourceOf(connection)
      const tools = result.tools.flatMap((tool: unknown) => {
        if (!isObject(tool) || typeof tool.name !== 'string' || !isToolName(tool.name)) return []
        if (given.decide(context.principal, { action: tool.name, resource }).answer === 'deny') return []
        // What its schema requires may be taken out of its results.
        const { outputSchema: _, ...rest } = tool
        return [filtersResult(declaredOf(connection.tools.get(tool.name))) ? rest : tool]
      })
      context.note({ tools: tools.length })
      return { answer: { response: { ...answer.response, result: { ...result, tools } } } }
    },
  })
