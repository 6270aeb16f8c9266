// The client says goodbye: the session ends here and upstream.

import { z } from 'zod'
import { LISTING } from '../../connections/index.ts'
import { operation } from '../../pipeline/index.ts'
import { mcpInput, type Relaying } from '../mcp/relaying.ts'
import { resourceOf } from '../model.ts'

export const endSession = (given: Relaying) =>
  operation({
    id: 'gateway.end-session',
    summary: 'End an MCP session.',
    audit: 'read',
    input: mcpInput<undefined>(),
    output: z.custom<undefined>(),
    asks: ({ connection }) => [{ action: LISTING, resource: resourceOf(connection) }],
    reach({ principal }, { connection, session }): undefined {
      given.sessions.drop(given.sessions.find(session, { connection, principal }))
    },
  })
