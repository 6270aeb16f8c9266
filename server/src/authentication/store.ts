// The room's only SQL.
import { type Generated, sql as raw } from 'kysely'
import type { SessionId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'

interface AuthenticationTables {
  passwords: { user_id: UserId; hash: string; changed_at: Generated<Date> }
  sessions: {
    id: SessionId
    token_hash: string
    user_id: UserId
    auth_time: number
    amr: string
    position: number
    created_at: Date
    expires_at: Date
    ended_at: Generated<Date | null>
    ended_reason: Generated<string | null>
    remote: string
  }
  sign_in_attempts: { subject_hash: string; failures: number; until: Date }
  setup_links: { token_hash: string; expires_at: Date; used_at: Generated<Date | null> }
}

export type LiveSession = NonNullable<Awaited<ReturnType<typeof findLiveSession>>>

const sql = (tx: Transaction) => tx.sql<AuthenticationTables>()
// Numbers of advisory locks: 7 261 001 to …004 are taken by other rooms.
const FIRST_ADMIN_LOCK = 7_261_005

export const findPasswordHash = async (tx: Transaction, user: UserId): Promise<string | undefined> =>
  (await sql(tx).selectFrom('passwords').select('hash').where('user_id', '=', user).executeTakeFirst())?.hash

export async function keepPasswordHash(tx: Transaction, user: UserId, hash: string): Promise<void> {
  await sql(tx)
    .insertInto('passwords')
    .values({ user_id: user, hash })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ hash, changed_at: raw`now()` }))
    .execute()
}

export async function insertSession(
  tx: Transaction,
  { amr, ...session }: Omit<AuthenticationTables['sessions'], 'amr' | 'ended_at' | 'ended_reason'> & { amr: string[] },
): Promise<void> {
  await sql(tx)
    .insertInto('sessions')
    .values({ ...session, amr: JSON.stringify(amr) })
    .execute()
}

/** The session of that cookie value or id, unless it ended or expired. */
export const findLiveSession = (
  tx: Transaction,
  [column, value]: ['token_hash', string] | ['id', SessionId],
  now: number,
) =>
  sql(tx)
    .selectFrom('sessions')
    .select(['id', 'user_id', 'auth_time', 'position', 'expires_at'])
    .select(raw<string[]>`amr`.as('amr'))
    .where(column, '=', value)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', new Date(now))
    .executeTakeFirst()

/** False if it was not live. */
export async function endSession(
  tx: Transaction,
  id: SessionId,
  { reason, now }: { reason: string; now: number },
): Promise<boolean> {
  const row = await sql(tx)
    .updateTable('sessions')
    .set({ ended_at: new Date(now), ended_reason: reason })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', new Date(now))
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Ends every live session of the person; their ids. */
export const endSessionsOf = async (
  tx: Transaction,
  user: UserId,
  { reason, now }: { reason: string; now: number },
): Promise<SessionId[]> =>
  (
    await sql(tx)
      .updateTable('sessions')
      .set({ ended_at: new Date(now), ended_reason: reason })
      .where('user_id', '=', user)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', new Date(now))
      .returning('id')
      .execute()
  ).map(({ id }) => id)

export interface CountedAttempt {
  subject_hash: string
  until: Date
}

export interface Counting {
  now: number
  /** Failures from which on there is a delay. */
  limit: number
  longestSeconds: number
  /** Failures whose delay ended before this count no more. */
  forgetBefore: number
}

/** Counts an attempt of a subject, in one statement; undefined, and not counted, while the subject is delayed. */
export async function countAttempt(
  tx: Transaction,
  subject: string,
  { now, limit, longestSeconds, forgetBefore }: Counting,
): Promise<CountedAttempt | undefined> {
  const at = new Date(now)
  const before = new Date(forgetBefore)
  const { rows } = await raw<CountedAttempt>`
    insert into sign_in_attempts as known (subject_hash, failures, until) 
      values (${subject}, 1, ${at}::timestamptz)
    on conflict (subject_hash) do update set
      failures = case when known.until < ${before} then 1 else known.failures + 1 end,
      until = case when known.until < ${before} or known.failures + 1 < ${limit}::int then ${at}::timestamptz
        else ${at}::timestamptz + least(${longestSeconds}::int, power(2, least(known.failures + 1 - ${limit}::int, 20)))
          * interval '1 second' end
    where known.failures < ${limit}::int or known.until <= ${at}
    returning subject_hash, until`.execute(sql(tx))
  return rows[0]
}

export const delayedUntil = async (tx: Transaction, subjects: readonly string[]): Promise<Date | undefined> =>
  (
    await sql(tx)
      .selectFrom('sign_in_attempts')
      .select('until')
      .where('subject_hash', 'in', subjects)
      .orderBy('until', 'desc')
      .executeTakeFirst()
  )?.until

export async function forgetAttempts(tx: Transaction, subject: string): Promise<void> {
  await sql(tx).deleteFrom('sign_in_attempts').where('subject_hash', '=', subject).execute()
}

/** Takes one counted attempt back, with the delay that it caused. */
export async function uncountAttempt(tx: Transaction, { subject_hash, until }: CountedAttempt, now: number) {
  await sql(tx)
    .updateTable('sign_in_attempts')
    .set({
      failures: raw`greatest(failures - 1, 0)`,
      until: raw`case when until = ${until} then ${new Date(now)}::timestamptz else until end`,
    })
    .where('subject_hash', '=', subject_hash)
    .execute()
}

/** One at a time may make the first administrator, until the transaction ends. */
export async function lockFirstAdmin(tx: Transaction): Promise<void> {
  await raw`select pg_advisory_xact_lock(${FIRST_ADMIN_LOCK})`.execute(sql(tx))
}

export async function insertSetupLink(tx: Transaction, hash: string, expiresAt: number): Promise<void> {
  await sql(tx)
    .insertInto('setup_links')
    .values({ token_hash: hash, expires_at: new Date(expiresAt) })
    .execute()
}

export const setupLinkLives = async (tx: Transaction, hash: string, now: number): Promise<boolean> =>
  (await sql(tx)
    .selectFrom('setup_links')
    .select('token_hash')
    .where('token_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', new Date(now))
    .executeTakeFirst()) !== undefined

/** Whether the link was there to be used; from then on it is not. */
export const consumeSetupLink = async (tx: Transaction, hash: string, now: number): Promise<boolean> =>
  (await sql(tx)
    .updateTable('setup_links')
    .set({ used_at: new Date(now) })
    .where('token_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', new Date(now))
    .returning('token_hash')
    .executeTakeFirst()) !== undefined

/** Deletes sessions and links that expired, and attempts whose delay ended, before the given moments. */
export async function deleteBefore(
  tx: Transaction,
  { sessions, attempts, links }: Record<'sessions' | 'attempts' | 'links', Date>,
): Promise<void> {
  await sql(tx).deleteFrom('sessions').where('expires_at', '<', sessions).execute()
  await sql(tx).deleteFrom('sign_in_attempts').where('until', '<', attempts).execute()
  await sql(tx).deleteFrom('setup_links').where('expires_at', '<', links).execute()
}

export async function endEverySession(
  tx: Transaction,
  { reason, now }: { reason: string; now: number },
): Promise<void> {
  await sql(tx)
    .updateTable('sessions')
    .set({ ended_at: new Date(now), ended_reason: reason })
    .where('ended_at', 'is', null)
    .execute()
}

export async function deleteSetupLinks(tx: Transaction): Promise<void> {
  await sql(tx).deleteFrom('setup_links').execute()
}
