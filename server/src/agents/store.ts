// The room's only SQL.
import type { AgentStatus, Assigned, CredentialType, PublicJwk } from '@mandate/contract'
import type { Generated, Selectable } from 'kysely'
import type { AgentId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { Agent, CredentialId, HeldCredential } from './model.ts'

export interface AgentTables {
  agents: Omit<Agent, 'status'> & {
    status: Generated<AgentStatus>
    status_reason: Generated<string | null>
    created_at: Generated<Date>
  }
  agent_credentials: {
    id: CredentialId
    agent_id: AgentId
    type: CredentialType
    secret_hash: string | null
    jwks: { keys: PublicJwk[] } | null
    expires_at: Date
    created_at: Generated<Date>
    revoked_at: Generated<Date | null>
  }
}

export type AgentRow = Selectable<AgentTables['agents']>
export type CredentialRow = Selectable<AgentTables['agent_credentials']>

export const TOPICS = { agent: 'agents.agent', credential: 'agents.credential' } as const

const sql = (tx: Transaction) => tx.sql<AgentTables>()

export async function insertAgent(tx: Transaction, agent: Omit<Agent, 'status'>): Promise<AgentRow> {
  const row = await sql(tx).insertInto('agents').values(agent).returningAll().executeTakeFirstOrThrow()
  tx.append({ topic: TOPICS.agent, key: row.id, body: inMemory(row) })
  return row
}

/** What may change of an agent; the caller holds the row's lock (`lockAgent`). */
export type AgentChanges = Partial<Omit<Agent, 'id'>> & { status_reason?: string | null; assigned?: Assigned }

export async function updateAgent(tx: Transaction, id: AgentId, changes: AgentChanges): Promise<AgentRow> {
  const row = await sql(tx)
    .updateTable('agents')
    .set(changes)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  tx.append({ topic: TOPICS.agent, key: id, body: inMemory(row) })
  return row
}

export const findAgent = (tx: Transaction, id: AgentId) =>
  sql(tx).selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst()

/** Serialises everything that is decided by looking at one agent: transitions and the number of its credentials. */
export const lockAgent = (tx: Transaction, id: AgentId) =>
  sql(tx).selectFrom('agents').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()

export const listAgents = (tx: Transaction, { after = '', limit }: { after?: string; limit: number }) =>
  sql(tx)
    .selectFrom('agents')
    .selectAll()
    .where('id', '>', after as AgentId)
    .orderBy('id')
    .limit(limit + 1)
    .execute()

export async function knownAgents(tx: Transaction, ids: readonly AgentId[]): Promise<ReadonlySet<AgentId>> {
  if (ids.length === 0) return new Set()
  const rows = await sql(tx).selectFrom('agents').select('id').where('id', 'in', ids).execute()
  return new Set(rows.map(({ id }) => id))
}

export async function insertCredential(
  tx: Transaction,
  credential: Omit<CredentialRow, 'created_at' | 'revoked_at'>,
): Promise<CredentialRow> {
  const row = await sql(tx).insertInto('agent_credentials').values(credential).returningAll().executeTakeFirstOrThrow()
  tx.append({ topic: TOPICS.credential, key: row.id, body: held(row) })
  return row
}

/** Credentials that still authenticate at `now`. */
export const usableCredentials = (tx: Transaction, agent: AgentId, now: Date) =>
  sql(tx)
    .selectFrom('agent_credentials')
    .select('id')
    .where('agent_id', '=', agent)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .execute()

export const listCredentials = (
  tx: Transaction,
  agent: AgentId,
  { after = '', limit }: { after?: string; limit: number },
) =>
  sql(tx)
    .selectFrom('agent_credentials')
    .selectAll()
    .where('agent_id', '=', agent)
    .where('id', '>', after as CredentialId)
    .orderBy('id')
    .limit(limit + 1)
    .execute()

/** Ends one credential of the agent, or all without `credential`; returns how many it ended. */
export async function revokeCredentials(
  tx: Transaction,
  { agent, credential, at }: { agent: AgentId; credential?: CredentialId; at: Date },
): Promise<number> {
  let update = sql(tx)
    .updateTable('agent_credentials')
    .set({ revoked_at: at })
    .where('agent_id', '=', agent)
    .where('revoked_at', 'is', null)
  if (credential !== undefined) update = update.where('id', '=', credential)
  const rows = await update.returning('id').execute()
  for (const { id } of rows) tx.append({ topic: TOPICS.credential, key: id, body: { agent, revoked: true } })
  return rows.length
}

export const loadAgents = async (tx: Transaction): Promise<{ agents: Agent[]; credentials: HeldCredential[] }> => ({
  agents: (await sql(tx).selectFrom('agents').selectAll().execute()).map(inMemory),
  credentials: (
    await sql(tx).selectFrom('agent_credentials').selectAll().where('revoked_at', 'is', null).execute()
  ).map(held),
})

function inMemory({ created_at: _, status_reason: __, ...agent }: AgentRow): Agent {
  return agent
}

const held = ({ id, agent_id, secret_hash, jwks, expires_at }: CredentialRow): HeldCredential => ({
  id,
  agent: agent_id,
  secretHash: secret_hash,
  keys: jwks?.keys ?? [],
  expiresAt: expires_at.getTime(),
})
