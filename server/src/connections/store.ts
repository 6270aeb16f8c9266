// The room's only SQL.
import type { ConnectionKind, ResourceScope, Tools } from '@mandate/contract'
import { type Generated, sql as raw, type Selectable } from 'kysely'
import type { AgentId, ConnectionId, ResourceId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { ConnectionHold, OauthClient } from './model.ts'

/** `{list}`: a bare array would travel to PostgreSQL as an array of its own. */
interface ScopesColumn {
  list: ResourceScope[]
}

export interface ConnectionTables {
  resources: {
    id: ResourceId
    identifier: string
    name: string
    scopes: ScopesColumn
    agent: AgentId | null
    created_at: Generated<Date>
  }
  connections: {
    id: ConnectionId
    name: string
    kind: ConnectionKind
    provider: string | null
    upstream: string | null
    tools: Tools
    /** Of kind oauth2; holds no secret. */
    oauth: OauthClient | null
    credential_version: Generated<number>
    timeout_seconds: number
    max_result_bytes: number
    hold: Generated<ConnectionHold | null>
    created_at: Generated<Date>
  }
}

export type ResourceRow = Selectable<ConnectionTables['resources']>
export type ConnectionRow = Selectable<ConnectionTables['connections']>
/** What travels in the change log, and is loaded: rows without their dates. */
export type ResourceChange = Omit<ResourceRow, 'created_at'>
export type ConnectionChange = Omit<ConnectionRow, 'created_at'>

export const TOPICS = { connection: 'connections.connection', resource: 'connections.resource' } as const

const sql = (tx: Transaction) => tx.sql<ConnectionTables>()
const undated = <R extends { created_at: Date }>({ created_at: _, ...body }: R): Omit<R, 'created_at'> => body

export async function insertResource(
  tx: Transaction,
  { scopes, ...resource }: Omit<ResourceChange, 'scopes'> & { scopes: ResourceScope[] },
): Promise<ResourceRow | undefined> {
  const row = await sql(tx)
    .insertInto('resources')
    .values({ ...resource, scopes: { list: scopes } })
    .onConflict((conflict) => conflict.column('identifier').doNothing())
    .returningAll()
    .executeTakeFirst()
  if (row) tx.append({ topic: TOPICS.resource, key: row.id, body: undated(row) })
  return row
}

export const findResource = (tx: Transaction, id: ResourceId) =>
  sql(tx).selectFrom('resources').selectAll().where('id', '=', id).executeTakeFirst()

export const listResources = (tx: Transaction, { after = '', limit }: { after?: string; limit: number }) =>
  sql(tx)
    .selectFrom('resources')
    .selectAll()
    .where('id', '>', after as ResourceId)
    .orderBy('id')
    .limit(limit + 1)
    .execute()

export async function insertConnection(
  tx: Transaction,
  connection: Omit<ConnectionChange, 'hold'>,
): Promise<ConnectionRow | undefined> {
  const row = await sql(tx)
    .insertInto('connections')
    .values(connection)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst()
  if (row) tx.append({ topic: TOPICS.connection, key: row.id, body: undated(row) })
  return row
}

/** What may change of a connection; `credential` when a new one was put. The caller holds the row's lock. */
export interface ConnectionChanges {
  tools?: Tools
  upstream?: string
  oauth?: OauthClient
  timeout_seconds?: number
  max_result_bytes?: number
  hold?: ConnectionHold | null
  credential?: boolean
}

export async function updateConnection(
  tx: Transaction,
  id: ConnectionId,
  { credential = false, ...changes }: ConnectionChanges,
): Promise<ConnectionRow> {
  const row = await sql(tx)
    .updateTable('connections')
    .set({ ...changes, credential_version: raw<number>`credential_version + ${credential ? 1 : 0}::int` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  tx.append({ topic: TOPICS.connection, key: id, body: undated(row) })
  return row
}

export async function deleteConnection(tx: Transaction, id: ConnectionId): Promise<boolean> {
  const row = await sql(tx).deleteFrom('connections').where('id', '=', id).returning('id').executeTakeFirst()
  if (row) tx.append({ topic: TOPICS.connection, key: id, body: { removed: true } })
  return row !== undefined
}

export const findConnection = (tx: Transaction, id: ConnectionId) =>
  sql(tx).selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst()

export const lockConnection = (tx: Transaction, id: ConnectionId) =>
  sql(tx).selectFrom('connections').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()

export const listConnections = (tx: Transaction, { after = '', limit }: { after?: string; limit: number }) =>
  sql(tx)
    .selectFrom('connections')
    .selectAll()
    .where('id', '>', after as ConnectionId)
    .orderBy('id')
    .limit(limit + 1)
    .execute()

export const loadConnections = async (tx: Transaction) => ({
  connections: (await sql(tx).selectFrom('connections').selectAll().execute()).map(undated),
  resources: (await sql(tx).selectFrom('resources').selectAll().execute()).map(undated),
})
