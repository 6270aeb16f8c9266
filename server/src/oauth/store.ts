// The room's only SQL, but for what oidc-provider keeps (oidc-store.ts).
import { type Generated, type JSONColumnType, sql as raw } from 'kysely'
import type { AgentId, DelegationId, SessionId, TaskId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'

export interface ClientRecord {
  id: string
  name: string
  type: 'web' | 'native' | 'spa' | 'service'
  redirect_uris: string[]
  grant_types: string[]
  secret_hash: string | null
  profile: string | null
  may_act: AgentId | null
  access: Record<string, string[]>
}

/** What the first hop fixed; later hops intersect it. */
export interface Delegation {
  id: DelegationId
  user_id: UserId
  agent_id: AgentId
  task: TaskId
  /** Scopes by audience. */
  resources: Record<string, string[]>
  /** Epoch milliseconds. */
  expires_at: number
  /** Of the change log, when the person signed in. */
  position: number
}

interface OauthTables {
  clients: Omit<ClientRecord, 'redirect_uris' | 'grant_types' | 'access'> & {
    redirect_uris: JSONColumnType<string[]>
    grant_types: JSONColumnType<string[]>
    access: JSONColumnType<Record<string, string[]>>
    created_at: Generated<Date>
  }
  grant_sessions: GrantSession
  oidc_entities: { expires_at: Date | null }
  signing_keys: { kid: string }
  consents: { user_id: UserId; agent_id: AgentId; given_at: Generated<Date> }
  tasks: { root: string; user_id: UserId; agent_id: AgentId; task: TaskId; expires_at: Date }
  delegations: {
    id: DelegationId
    root: string
    user_id: UserId
    agent_id: AgentId
    task: TaskId
    resources: JSONColumnType<Record<string, string[]>>
    ceiling_hash: string
    expires_at: Date
    position: number
  }
}

export const TOPIC = 'oauth.client'

const sql = (tx: Transaction) => tx.sql<OauthTables>()
const record = [
  'id',
  'name',
  'type',
  'redirect_uris',
  'grant_types',
  'secret_hash',
  'profile',
  'may_act',
  'access',
] as const

export async function insertClient(tx: Transaction, client: ClientRecord) {
  const row = await sql(tx)
    .insertInto('clients')
    .values({
      ...client,
      redirect_uris: JSON.stringify(client.redirect_uris),
      grant_types: JSON.stringify(client.grant_types),
      access: JSON.stringify(client.access),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  tx.append({ topic: TOPIC, key: client.id, body: client })
  return row
}

export const loadClients = (tx: Transaction): Promise<ClientRecord[]> =>
  sql(tx).selectFrom('clients').select(record).execute()

export const listClients = (tx: Transaction, { after = '', limit }: { after?: string; limit: number }) =>
  sql(tx)
    .selectFrom('clients')
    .selectAll()
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit + 1)
    .execute()

export async function deleteClient(tx: Transaction, id: string): Promise<boolean> {
  const { numDeletedRows } = await sql(tx).deleteFrom('clients').where('id', '=', id).executeTakeFirst()
  if (numDeletedRows > 0n) tx.append({ topic: TOPIC, key: id, body: null })
  return numDeletedRows > 0n
}

export interface GrantSession {
  grant_id: string
  session_id: SessionId
  user_id: UserId
  client_id: string
  expires_at: Date
  /** Of the change log, read before the grant was judged. */
  position: number
}

export const insertGrantSession = (tx: Transaction, row: GrantSession) =>
  sql(tx).insertInto('grant_sessions').values(row).execute()

export const findGrantSession = (tx: Transaction, grantId: string) =>
  sql(tx).selectFrom('grant_sessions').selectAll().where('grant_id', '=', grantId).executeTakeFirst()

export const insertConsent = (tx: Transaction, user: UserId, agent: AgentId) =>
  sql(tx)
    .insertInto('consents')
    .values({ user_id: user, agent_id: agent })
    .onConflict((conflict) => conflict.doNothing())
    .execute()

export const hasConsent = async (tx: Transaction, user: UserId, agent: AgentId): Promise<boolean> =>
  (await sql(tx)
    .selectFrom('consents')
    .select('user_id')
    .where('user_id', '=', user)
    .where('agent_id', '=', agent)
    .executeTakeFirst()) !== undefined

/** As `hasConsent`; it cannot be withdrawn before this transaction has ended. */
export const holdConsent = async (tx: Transaction, user: UserId, agent: AgentId): Promise<boolean> =>
  (await sql(tx)
    .selectFrom('consents')
    .select('user_id')
    .where('user_id', '=', user)
    .where('agent_id', '=', agent)
    .forShare()
    .executeTakeFirst()) !== undefined

export interface TaskRow {
  /** The session in which the task began, or the approval that it is for. */
  root: string
  user_id: UserId
  agent_id: AgentId
  task: TaskId
  expires_at: Date
}

/** The task of this session and agent, made when there is none yet. Its row stays locked until the transaction ends. */
export async function keepTask(tx: Transaction, wanted: TaskRow): Promise<TaskId> {
  const { task } = await sql(tx)
    .insertInto('tasks')
    .values(wanted)
    // An update that changes nothing, so that the row comes back whoever was first.
    .onConflict((conflict) =>
      conflict.columns(['root', 'user_id', 'agent_id']).doUpdateSet({ task: raw.ref('tasks.task') }),
    )
    .returning('task')
    .executeTakeFirstOrThrow()
  return task
}

/** A new task takes the place of one that has ended; the caller holds the row's lock (`keepTask`). */
export async function replaceTask(tx: Transaction, { root, user_id, agent_id, task, expires_at }: TaskRow) {
  await sql(tx)
    .updateTable('tasks')
    .set({ task, expires_at })
    .where('root', '=', root)
    .where('user_id', '=', user_id)
    .where('agent_id', '=', agent_id)
    .execute()
}

export interface NewDelegation extends Omit<Delegation, 'expires_at'> {
  /** The grant or approval that it stands on. */
  root: string
  ceiling_hash: string
  expires_at: Date
}

/** The delegation of this grant and agent with this very ceiling; made when there is none yet. */
export async function keepDelegation(tx: Transaction, wanted: NewDelegation): Promise<Delegation> {
  const row = await sql(tx)
    .insertInto('delegations')
    .values({ ...wanted, resources: JSON.stringify(wanted.resources) })
    .onConflict((conflict) =>
      conflict
        .columns(['root', 'user_id', 'agent_id', 'ceiling_hash'])
        .doUpdateSet({ ceiling_hash: raw.ref('delegations.ceiling_hash') }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  return asDelegation(row)
}

export async function findDelegation(tx: Transaction, id: DelegationId): Promise<Delegation | undefined> {
  const row = await sql(tx).selectFrom('delegations').selectAll().where('id', '=', id).executeTakeFirst()
  return row && asDelegation(row)
}

const asDelegation = (row: Omit<Delegation, 'expires_at'> & { expires_at: Date }): Delegation => ({
  id: row.id,
  user_id: row.user_id,
  agent_id: row.agent_id,
  task: row.task,
  resources: row.resources,
  expires_at: row.expires_at.getTime(),
  position: row.position,
})

/** Deletes what expired before the given times. */
export async function deleteExpired(tx: Transaction, before: { entities: Date; delegations: Date }): Promise<void> {
  await sql(tx).deleteFrom('oidc_entities').where('expires_at', '<', before.entities).execute()
  await sql(tx).deleteFrom('grant_sessions').where('expires_at', '<', before.entities).execute()
  await sql(tx).deleteFrom('delegations').where('expires_at', '<', before.delegations).execute()
  await sql(tx).deleteFrom('tasks').where('expires_at', '<', before.delegations).execute()
}

/** The agents a person said yes to, and when. */
export const listConsents = async (tx: Transaction, user: UserId): Promise<Map<AgentId, Date>> =>
  new Map(
    (await sql(tx).selectFrom('consents').select(['agent_id', 'given_at']).where('user_id', '=', user).execute()).map(
      ({ agent_id, given_at }) => [agent_id, given_at],
    ),
  )

/** Deletes the person's yes to the agent. The delegations that stood on it; undefined where there was none. */
export async function takeConsentBack(
  tx: Transaction,
  user: UserId,
  agent: AgentId,
): Promise<DelegationId[] | undefined> {
  const { numDeletedRows } = await sql(tx)
    .deleteFrom('consents')
    .where('user_id', '=', user)
    .where('agent_id', '=', agent)
    .executeTakeFirst()
  if (numDeletedRows === 0n) return undefined
  // Only now: whoever held the yes has committed, and nobody gets another delegation by it (`holdConsent`).
  const rows = await sql(tx)
    .selectFrom('delegations')
    .select('id')
    .where('user_id', '=', user)
    .where('agent_id', '=', agent)
    .execute()
  return rows.map(({ id }) => id)
}

/** Deletes everything that was issued, and the keys that it was signed with. */
export async function deleteIssued(tx: Transaction): Promise<void> {
  for (const table of ['oidc_entities', 'grant_sessions', 'signing_keys'] as const)
    await sql(tx).deleteFrom(table).execute()
}
