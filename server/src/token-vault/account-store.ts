// The room's only SQL about accounts. Every write is told in the change log, without a secret and without a token's text.
import { type Generated, sql as raw, type SqlBool } from 'kysely'
import type { AccountId, ConnectionId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import { type Account, OUR_REASONS, type RevocationResult } from './model.ts'

interface AccountTables {
  accounts: Omit<Account, 'version' | 'revoke_tries'> & {
    version: Generated<number>
    revoke_tries: Generated<number>
    fence: Generated<number>
    claimed_until: Date | null
    revoke_after: Date | null
    ended_at: Date | null
  }
}

export const ACCOUNT_TOPIC = 'token-vault.account'
export interface AccountChange {
  connection: ConnectionId
  user: UserId
}

const sql = (tx: Transaction) => tx.sql<AccountTables>()
const COLUMNS =
  `id connection user_id bound_to sealed scopes refreshable access_expires_at renewed_at status reason version
  refused_version connected_at result revoke_tries`.split(/\s+/) as (keyof Account)[]
const IN_USE = ['connected', 'needs_reconnect'] as const
const free = raw<SqlBool>`(claimed_until is null or claimed_until <= now())`

function told<R extends Pick<Account, 'id' | 'connection' | 'user_id'>>(tx: Transaction, row: R | undefined) {
  const body = row && ({ connection: row.connection, user: row.user_id } satisfies AccountChange)
  if (row) tx.append({ topic: ACCOUNT_TOPIC, key: row.id, body })
  return row
}

export const findInUse = (tx: Transaction, connection: ConnectionId, user: UserId): Promise<Account | undefined> =>
  sql(tx)
    .selectFrom('accounts')
    .select(COLUMNS)
    .where('connection', '=', connection)
    .where('user_id', '=', user)
    .where('status', 'in', IN_USE)
    .executeTakeFirst()

/** Newest first. */
export const listAccounts = (tx: Transaction, user: UserId): Promise<Account[]> =>
  sql(tx).selectFrom('accounts').select(COLUMNS).where('user_id', '=', user).orderBy('id', 'desc').limit(1000).execute()

export type NewAccount = Pick<
  Account,
  | 'id'
  | 'connection'
  | 'user_id'
  | 'bound_to'
  | 'sealed'
  | 'scopes'
  | 'refreshable'
  | 'access_expires_at'
  | 'renewed_at'
>

const MOST_AT_ONCE = 5

/** In place of the one in use, if there is one: that is ended, at once or together with the new one (`replace`). */
export async function putAccount(tx: Transaction, given: NewAccount): Promise<void> {
  const fresh = {
    ...given,
    status: 'connected' as const,
    reason: null,
    refused_version: null,
    result: null,
    claimed_until: null,
    revoke_after: null,
    connected_at: given.renewed_at,
    ended_at: null,
  }
  for (let tries = 0; tries < MOST_AT_ONCE; tries++) {
    await replace(tx, given)
    const put = await sql(tx)
      .insertInto('accounts')
      .values(fresh)
      .onConflict((conflict) =>
        conflict
          .columns(['connection', 'user_id'])
          .where(raw<SqlBool>`status in ('connected', 'needs_reconnect')`)
          .doNothing(),
      )
      .returning('id')
      .executeTakeFirst()
    // Undefined: the person connected in two browsers at once, and the other was first.
    if (put) return void told(tx, given)
  }
  throw new Error('an account was connected over and over at the same time')
}

/**
 * A grant of before is not forgotten: it lives at the provider, perhaps for another account there. But some providers
 * (Google) take one token's revocation for that of everything the same account gave us, the new grant too, and we cannot
 * tell whose account it is. So it is kept for nobody's use, as `revoking` that is not due, until its successor ends. At
 * once goes what cannot be revoked anyhow, and of what the provider ended nothing is kept.
 */
async function replace(
  tx: Transaction,
  { connection, user_id, bound_to, renewed_at }: Pick<NewAccount, 'connection' | 'user_id' | 'bound_to' | 'renewed_at'>,
): Promise<void> {
  await sql(tx)
    .deleteFrom('accounts')
    .where('connection', '=', connection)
    .where('user_id', '=', user_id)
    .where('status', '=', 'needs_reconnect')
    .where('reason', 'not in', OUR_REASONS)
    .execute()
  const row = await sql(tx)
    .updateTable('accounts')
    .set({
      ...{ status: 'revoking', version: raw<number>`version + 1` },
      reason: raw<string | null>`case when sealed is not null and bound_to = ${bound_to} then 'replaced' end`,
      revoke_after: raw<Date | null>`case when sealed is null or bound_to <> ${bound_to} then ${renewed_at}::timestamptz end`,
    })
    .where('connection', '=', connection)
    .where('user_id', '=', user_id)
    .where('status', 'in', IN_USE)
    .returning(COLUMNS)
    .executeTakeFirst()
  told(tx, row)
}

/** The account in use is gone: what it replaced is due, and takes nothing along any more. */
export async function endReplaced(
  tx: Transaction,
  { connection, user_id }: Pick<Account, 'connection' | 'user_id'>,
  now: number,
): Promise<AccountId[]> {
  const rows = await sql(tx)
    .updateTable('accounts')
    .set({ reason: null, revoke_after: new Date(now) })
    .where('connection', '=', connection)
    .where('user_id', '=', user_id)
    .where('status', '=', 'revoking')
    .where('revoke_after', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export interface Claimed extends Account {
  fence: number
}

/** The right to call the provider about this account, for so long; undefined while somebody else has it, or it changed. */
export const claim = (
  tx: Transaction,
  { id, status, version, claimMs }: Pick<Account, 'id' | 'status'> & { version?: number; claimMs: number },
): Promise<Claimed | undefined> =>
  sql(tx)
    .updateTable('accounts')
    // By the database's clock, which all replicas have in common.
    .set({
      claimed_until: raw<Date>`now() + ${claimMs}::int * interval '1 millisecond'`,
      fence: raw<number>`fence + 1`,
    })
    .where('id', '=', id)
    .where('status', '=', status)
    .$if(version !== undefined, (query) => query.where('version', '=', version ?? 0))
    .where(free)
    .returning([...COLUMNS, 'fence'])
    .executeTakeFirst()

/** For so long from now, unless it was given back or lost. Not told in the change log: nobody waits for it. */
export async function prolong(tx: Transaction, fenced: Pick<Claimed, 'id' | 'fence'>, claimMs: number): Promise<void> {
  await held(tx, fenced)
    .set({ claimed_until: raw<Date>`now() + ${claimMs}::int * interval '1 millisecond'` })
    .where('claimed_until', 'is not', null)
    .execute()
}

/** The account and for how many milliseconds it is claimed yet. */
export const findClaimed = (tx: Transaction, id: AccountId): Promise<(Account & { claimed_ms: number }) | undefined> =>
  sql(tx)
    .selectFrom('accounts')
    .select(COLUMNS)
    .select(
      raw<number>`ceil(greatest(0, coalesce(extract(epoch from claimed_until - now()), 0) * 1000))::int`.as(
        'claimed_ms',
      ),
    )
    .where('id', '=', id)
    .executeTakeFirst()

type Fenced = Pick<Claimed, 'id' | 'fence'>
const held = (tx: Transaction, { id, fence }: Fenced) =>
  sql(tx).updateTable('accounts').where('id', '=', id).where('fence', '=', fence)

/** Also where it is being revoked meanwhile: what is to be ended is then the new pair. Undefined: the claim was lost. */
export const keepRenewed = async (
  tx: Transaction,
  fenced: Fenced,
  renewed: Pick<Account, 'sealed' | 'scopes' | 'refreshable' | 'access_expires_at' | 'renewed_at'>,
): Promise<Account | undefined> =>
  told(
    tx,
    await held(tx, fenced)
      .where('status', 'in', ['connected', 'revoking'])
      .set({ ...renewed, version: raw<number>`version + 1`, claimed_until: null })
      .returning(COLUMNS)
      .executeTakeFirst(),
  )

export const release = async (tx: Transaction, fenced: Fenced): Promise<Account | undefined> =>
  told(tx, await held(tx, fenced).set({ claimed_until: null }).returning(COLUMNS).executeTakeFirst())

/**
 * With `fence`, by who holds the claim; with `version`, by who saw that the tokens of that version are no use. The tokens
 * stay until they are replaced or revoked: what the provider still takes is worth revoking.
 */
export async function loseAccount(
  tx: Transaction,
  { id, fence, version, reason }: { id: AccountId; fence?: number; version?: number; reason: string },
): Promise<Account | undefined> {
  return told(
    tx,
    await sql(tx)
      .updateTable('accounts')
      .set({ status: 'needs_reconnect', reason, claimed_until: null, version: raw<number>`version + 1` })
      .where('id', '=', id)
      .where('status', '=', 'connected')
      .$if(fence !== undefined, (query) => query.where('fence', '=', fence ?? 0))
      .$if(version !== undefined, (query) => query.where('version', '=', version ?? 0).where(free))
      .returning(COLUMNS)
      .executeTakeFirst(),
  )
}

/**
 * The access token of this version was refused: the next use renews it. `dead`: that is certain, so it is not sent again
 * where renewing fails.
 */
export async function markStale(
  tx: Transaction,
  { id, version, now, dead }: { id: AccountId; version: number; now: number; dead: boolean },
): Promise<void> {
  told(
    tx,
    await sql(tx)
      .updateTable('accounts')
      .set({ refused_version: version, ...(dead && { access_expires_at: new Date(now) }) })
      .where('id', '=', id)
      .where('version', '=', version)
      .where('status', '=', 'connected')
      .returning(COLUMNS)
      .executeTakeFirst(),
  )
}

/** Which accounts: all of a person, all of a connection, or one (of that person). */
export interface Which {
  user?: UserId
  connection?: ConnectionId
  id?: AccountId
}

const among = ({ user, connection, id }: Which) =>
  raw<SqlBool>`(${user ?? null}::text is null or user_id = ${user ?? null}::text)
    and (${connection ?? null}::text is null or connection = ${connection ?? null}::text)
    and (${id ?? null}::text is null or id = ${id ?? null}::text)`

/** From this commit on nobody uses them, nor what they replaced. Returns them all, also those that somebody else began to end. */
export async function beginRevoking(tx: Transaction, which: Which, now: number): Promise<AccountId[]> {
  if (which.user === undefined && which.connection === undefined && which.id === undefined)
    throw new Error('revoking needs a person, a connection or an account')
  const rows = await sql(tx)
    .updateTable('accounts')
    .set({ status: 'revoking', reason: null, revoke_after: new Date(now), version: raw<number>`version + 1` })
    .where(among(which))
    .where('status', 'in', IN_USE)
    .returning(COLUMNS)
    .execute()
  const replaced: AccountId[] = []
  for (const row of rows) {
    told(tx, row)
    replaced.push(...(await endReplaced(tx, row, now)))
  }
  await sql(tx)
    .updateTable('accounts')
    .set({ reason: null, revoke_after: new Date(now) })
    .where(among(which))
    .where('status', '=', 'revoking')
    .where('revoke_after', 'is', null)
    .execute()
  const all = await sql(tx)
    .selectFrom('accounts')
    .select('id')
    .where(among(which))
    .where('status', '=', 'revoking')
    .execute()
  return [...new Set([...all.map(({ id }) => id), ...replaced])]
}

export const endRevoked = async (
  tx: Transaction,
  fenced: Fenced,
  { result, now }: { result: RevocationResult; now: number },
): Promise<Account | undefined> =>
  told(
    tx,
    await held(tx, fenced)
      .where('status', '=', 'revoking')
      .set({ status: 'revoked', sealed: null, claimed_until: null, ended_at: new Date(now), result })
      .returning(COLUMNS)
      .executeTakeFirst(),
  )

export const postpone = async (
  tx: Transaction,
  fenced: Fenced,
  { result, after }: { result: RevocationResult; after: number },
): Promise<Account | undefined> =>
  told(
    tx,
    await held(tx, fenced)
      .where('status', '=', 'revoking')
      .set({
        result,
        claimed_until: null,
        revoke_after: new Date(after),
        revoke_tries: raw<number>`revoke_tries + 1`,
      })
      .returning(COLUMNS)
      .executeTakeFirst(),
  )

export const dueRevocations = async (tx: Transaction, now: number): Promise<AccountId[]> => {
  const rows = await sql(tx)
    .selectFrom('accounts')
    .select('id')
    .where('status', '=', 'revoking')
    .where('revoke_after', '<=', new Date(now))
    .where(free)
    .orderBy('revoke_after')
    .limit(200)
    .execute()
  return rows.map(({ id }) => id)
}

export async function deleteAccounts(tx: Transaction, connection: ConnectionId): Promise<void> {
  const rows = await sql(tx).deleteFrom('accounts').where('connection', '=', connection).returning(COLUMNS).execute()
  for (const row of rows) told(tx, row)
}

export async function trimEnded(tx: Transaction, before: Date): Promise<void> {
  await sql(tx).deleteFrom('accounts').where('status', '=', 'revoked').where('ended_at', '<', before).execute()
}

/**
 * After a restore: the tokens of the backup were renewed, revoked or ended since, and nobody can say which, nor how long
 * they live. They are wiped, and their owners asked to connect again; those that were being revoked are told as they were.
 */
export async function endAccountsOfBefore(tx: Transaction): Promise<void> {
  await sql(tx)
    .updateTable('accounts')
    .set({
      ...{ status: 'needs_reconnect', reason: 'restored', sealed: null },
      ...{ claimed_until: null, access_expires_at: null },
    })
    .where('status', 'in', IN_USE)
    .execute()
}
