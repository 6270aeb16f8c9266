// The room's only SQL about connecting: attempts that are begun once, taken once and finished once.
import type { ConnectionId, SessionId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { Which } from './account-store.ts'

interface Attempt {
  state_hash: string
  connection: ConnectionId
  user_id: UserId
  session_id: SessionId
  bound_to: string
  sealed: string
  return_to: string
  expires_at: Date
}

const sql = (tx: Transaction) => tx.sql<{ connect_attempts: Attempt & { used_at: Date | null } }>()

export const attemptPlace = (stateHash: string) => ({ table: 'connect_attempts', id: stateHash, column: 'sealed' })

export async function insertAttempt(tx: Transaction, attempt: Attempt): Promise<void> {
  await sql(tx)
    .insertInto('connect_attempts')
    .values({ ...attempt, used_at: null })
    .execute()
}

/** By this person, in the session that began it, for this connection, once and in time; undefined for anything else. */
export const takeAttempt = (
  tx: Transaction,
  {
    state_hash,
    connection,
    user_id,
    session_id,
    now,
  }: Omit<Attempt, 'bound_to' | 'sealed' | 'return_to' | 'expires_at'> & { now: number },
): Promise<Attempt | undefined> =>
  sql(tx)
    .updateTable('connect_attempts')
    .set({ used_at: new Date(now) })
    .where('state_hash', '=', state_hash)
    .where('connection', '=', connection)
    .where('user_id', '=', user_id)
    .where('session_id', '=', session_id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', new Date(now))
    .returningAll()
    .executeTakeFirst()

/** False where it was ended meanwhile: by a logout, or with the connection. */
export async function finishAttempt(tx: Transaction, stateHash: string): Promise<boolean> {
  const row = await sql(tx)
    .deleteFrom('connect_attempts')
    .where('state_hash', '=', stateHash)
    .where('used_at', 'is not', null)
    .returning('state_hash')
    .executeTakeFirst()
  return row !== undefined
}

/** Whoever is on the way to the provider comes back to nothing. */
export async function endAttempts(tx: Transaction, { user, connection }: Which): Promise<void> {
  if (user === undefined && connection === undefined) return
  await sql(tx)
    .deleteFrom('connect_attempts')
    .$if(user !== undefined, (query) => query.where('user_id', '=', user ?? 'usr_'))
    .$if(connection !== undefined, (query) => query.where('connection', '=', connection ?? 'con_'))
    .execute()
}

export async function trimAttempts(tx: Transaction, now: number): Promise<void> {
  await sql(tx).deleteFrom('connect_attempts').where('expires_at', '<', new Date(now)).execute()
}

/** After a restore: whoever was on the way to a provider begins again. */
export async function endEveryAttempt(tx: Transaction): Promise<void> {
  await sql(tx).deleteFrom('connect_attempts').execute()
}
