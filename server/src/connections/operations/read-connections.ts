// Looking connections up.
import { Connection, ConnectionId, PageQuery, page, pageOf } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { connectionBody } from '../bodies.ts'
import { findConnection, listConnections } from '../store.ts'

export const readConnections = operation({
  id: 'connections.list-connections',
  summary: 'List connections.',
  audit: 'read',
  input: PageQuery,
  output: pageOf(Connection),
  asks: () => [{ action: 'read', resource: 'connections' }],
  async run({ tx }, { limit, cursor }) {
    const rows = await listConnections(tx, { after: cursor, limit })
    return page(rows.map(connectionBody), limit)
  },
})

export const readConnection = operation({
  id: 'connections.get-connection',
  summary: 'Read one connection.',
  audit: 'read',
  input: z.strictObject({ id: ConnectionId }),
  output: Connection,
  asks: () => [{ action: 'read', resource: 'connections' }],
  async run({ tx }, { id }) {
    const row = await findConnection(tx, id)
    if (!row) throw new Problem('not_found')
    return connectionBody(row)
  },
})
