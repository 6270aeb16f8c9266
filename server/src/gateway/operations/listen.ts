// The stream of what an MCP server says by itself; it ends with the token, and with the access behind it.

import { z } from 'zod'
import { LISTING } from '../../connections/index.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { filteredPass, inSession, mcpInput, type Relaying } from '../mcp/relaying.ts'
import { resourceOf } from '../model.ts'
import { concernsRecords } from '../records/declaration.ts'

export const listen = (given: Relaying) =>
  operation({
    id: 'gateway.listen',
    summary: 'Listen to an MCP server.',
    audit: 'read',
    input: mcpInput<undefined>(),
    output: z.custom<undefined>(),
    asks: ({ connection }) => [{ action: LISTING, resource: resourceOf(connection) }],
    async reach(context, input): Promise<undefined> {
      const { connection, exchange } = input
      const offered = await inSession(given, { context, input, stream: true }, (session, sending) =>
        session.upstream.listen({
          ...sending,
          opened: exchange.opened,
          pass: concernsRecords(connection) ? filteredPass(given, { exchange, session, sending }) : exchange.pass,
        }),
      )
      if (!offered) throw new Problem('method_not_allowed', { detail: 'The upstream offers no stream of its own.' })
      return undefined
    },
  })
