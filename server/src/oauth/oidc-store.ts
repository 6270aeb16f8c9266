// oidc-provider's storage: values that open something are stored as hashes, one-time things are consumed by one
// conditional update, and what cannot be consumed twice takes its family with it.
import { createHash } from 'node:crypto'
import { type Generated, type Insertable, type JSONColumnType, sql as raw } from 'kysely'
import { errors } from 'oidc-provider'
import { revoke } from '../platform/changes/index.ts'
import type { Database, Transaction } from '../platform/database/index.ts'

interface OidcTables {
  oidc_entities: {
    kind: string
    key_hash: string
    payload: JSONColumnType<Record<string, unknown>>
    grant_id: string | null
    uid_hash: string | null
    consumed_at: Date | null
    expires_at: Date | null
    created_at?: Generated<Date>
  }
  grant_sessions: { grant_id: string; user_id: string; client_id: string; session_id: string }
  tasks: { root: string; agent_id: string; task: string }
}

type Payload = Record<string, unknown>

/** The adapter interface of oidc-provider, one per model. */
export interface Adapter {
  upsert(id: string, payload: Payload, expiresIn?: number): Promise<void>
  find(id: string): Promise<Payload | undefined>
  findByUid(uid: string): Promise<Payload | undefined>
  findByUserCode(userCode: string): Promise<Payload | undefined>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}

const hash = (value: string): string => createHash('sha256').update(value).digest('hex')
const sql = (tx: Transaction) => tx.sql<OidcTables>()

export const oidcStore =
  (database: Database, now: () => number) =>
  (kind: string): Adapter => {
    const find = async (by: 'key_hash' | 'uid_hash', value: string): Promise<Payload | undefined> => {
      const row = await database.transaction((tx) =>
        sql(tx)
          .selectFrom('oidc_entities')
          .select(['payload', 'consumed_at', 'expires_at'])
          .where('kind', '=', kind)
          .where(by, '=', hash(value))
          .executeTakeFirst(),
      )
      if (!row || (row.expires_at && row.expires_at.getTime() <= now())) return undefined
      const consumed = row.consumed_at && { consumed: Math.floor(row.consumed_at.getTime() / 1000) }
      return { ...row.payload, [by === 'key_hash' ? 'jti' : 'uid']: value, ...consumed }
    }
    return {
      async upsert(id, payload, expiresIn) {
        // The names of the thing are what opens it; only their hashes stay (Session and Interaction have a uid too).
        const { jti: _, uid, consumed: __, ...rest } = payload
        const row = {
          payload: JSON.stringify(kind === 'Session' ? { ...rest, uid } : rest),
          grant_id: typeof payload.grantId === 'string' ? payload.grantId : null,
          uid_hash: typeof uid === 'string' ? hash(uid) : null,
          expires_at: expiresIn === undefined ? null : new Date(now() + expiresIn * 1000),
        }
        const values = { kind, key_hash: hash(id), consumed_at: null, ...row }
        if (kind === 'ReplayDetection') return useOnce(database, values, now())
        await database.transaction((tx) =>
          sql(tx)
            .insertInto('oidc_entities')
            .values(values)
            .onConflict((conflict) => conflict.columns(['kind', 'key_hash']).doUpdateSet(row))
            .execute(),
        )
      },
      async find(id) {
        const payload = await find('key_hash', id)
        // A grant is named by its id in what it gave rise to.
        return payload && kind === 'Interaction' ? { ...payload, uid: id } : payload
      },
      findByUid: (uid) => find('uid_hash', uid),
      findByUserCode: async () => undefined,
      async consume(id) {
        const replayedFamily = await database.transaction(async (tx) => {
          const { numUpdatedRows } = await sql(tx)
            .updateTable('oidc_entities')
            .set({ consumed_at: raw`now()` })
            .where('kind', '=', kind)
            .where('key_hash', '=', hash(id))
            .where('consumed_at', 'is', null)
            .executeTakeFirst()
          if (numUpdatedRows === 1n) return undefined
          const row = await sql(tx)
            .selectFrom('oidc_entities')
            .select('grant_id')
            .where('kind', '=', kind)
            .where('key_hash', '=', hash(id))
            .executeTakeFirst()
          if (row?.grant_id) await killFamily(tx, row.grant_id)
          return row?.grant_id ?? ''
        })
        if (replayedFamily !== undefined) throw new errors.InvalidGrant(`${kind} already consumed`)
      },
      async destroy(id) {
        await database.transaction((tx) =>
          sql(tx).deleteFrom('oidc_entities').where('kind', '=', kind).where('key_hash', '=', hash(id)).execute(),
        )
      },
      async revokeByGrantId(grantId) {
        await database.transaction((tx) => killFamily(tx, grantId))
      },
    }
  }

// oidc-provider looks and then saves; of two uses of one assertion at once only one may be the first.
async function useOnce(
  database: Database,
  values: Insertable<OidcTables['oidc_entities']>,
  now: number,
): Promise<void> {
  const inserted = await database.transaction(async (tx) => {
    await sql(tx)
      .deleteFrom('oidc_entities')
      .where('kind', '=', values.kind)
      .where('key_hash', '=', values.key_hash)
      .where('expires_at', '<', new Date(now))
      .execute()
    const { numInsertedOrUpdatedRows } = await sql(tx)
      .insertInto('oidc_entities')
      .values(values)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows
  })
  if (inserted !== 1n) throw new errors.InvalidClientAuth('the assertion was used before')
}

/** Ends everything a grant gave rise to: what is stored, and by its link the JWTs that are not. */
async function killFamily(tx: Transaction, grantId: string): Promise<void> {
  const { numDeletedRows } = await sql(tx)
    .deleteFrom('oidc_entities')
    .where('grant_id', '=', grantId)
    .executeTakeFirst()
  await sql(tx).deleteFrom('oidc_entities').where('kind', '=', 'Grant').where('key_hash', '=', hash(grantId)).execute()
  // Without its sign-in a grant gives nothing more: what a redemption under way still stores is dead on arrival.
  await sql(tx).deleteFrom('grant_sessions').where('grant_id', '=', grantId).execute()
  if (numDeletedRows > 0n) revoke(tx, grantId, 'grant_revoked')
}

type Which = { user: string } | { client: string } | { session: string } | { task: string }

/** Ends every grant of a person, a client, a sign-in or a task, with what came of it; how many. */
export async function endGrants(tx: Transaction, which: Which): Promise<number> {
  const grants = await grantsOf(tx, which).execute()
  for (const { grant_id } of grants) await killFamily(tx, grant_id)
  return grants.length
}

function grantsOf(tx: Transaction, which: Which) {
  const grants = sql(tx).selectFrom('grant_sessions').select('grant_sessions.grant_id')
  if ('user' in which) return grants.where('user_id', '=', which.user)
  if ('client' in which) return grants.where('client_id', '=', which.client)
  if ('session' in which) return grants.where('session_id', '=', which.session)
  // What the agent was granted in the session of the task, codes that were not redeemed included. Another application of
  // that session keeps its grant, which cannot begin the task again.
  return grants
    .innerJoin('tasks', (join) => join.onRef('tasks.root', '=', 'session_id').onRef('tasks.agent_id', '=', 'client_id'))
    .where('tasks.task', '=', which.task)
}
