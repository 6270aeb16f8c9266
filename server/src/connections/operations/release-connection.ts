// A connection that a universal logout put on hold is used again.
import { Connection, ConnectionId } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { connectionBody } from '../bodies.ts'
import { lockConnection, updateConnection } from '../store.ts'

export const releaseConnection = operation({
  id: 'connections.release-connection',
  summary: 'Let a connection that is on hold be used again.',
  audit: 'act',
  input: z.strictObject({ id: ConnectionId }),
  output: Connection,
  asks: ({ id }) => [{ action: 'release', resource: `connections:${id}` }],
  async run({ tx }, { id }) {
    const row = await lockConnection(tx, id)
    if (!row) throw new Problem('not_found')
    if (row.hold === null) throw new Problem('conflict', { detail: 'The connection is not on hold.' })
    return connectionBody(await updateConnection(tx, id, { hold: null }))
  },
})
