// The room's only SQL. Every step of a request is one conditional update: zero rows means that somebody was first.
import { type Insertable, type JSONColumnType, sql as raw } from 'kysely'
import type { AgentId, ApprovalId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { Answer, Requirement, Row } from './model.ts'

interface ApprovalTables {
  approvals: Omit<Row, 'target' | 'requirements'> & {
    target: JSONColumnType<Row['target']>
    requirements: JSONColumnType<{ all: Requirement[] }>
  }
  approval_answers: Answer
}

export const TOPIC = 'approvals.approval'

const sql = (tx: Transaction) => tx.sql<ApprovalTables>()
const OPEN = ['pending', 'approved'] as const

const told = (tx: Transaction, { id, status, audience }: Pick<Row, 'id' | 'status' | 'audience'>): void =>
  tx.append({ topic: TOPIC, key: id, body: { status, audience } })

export type NewRow = Omit<
  Row,
  | ('status' | 'notified_at' | 'decided_at' | 'not_before' | 'consumed_at' | 'consumed_by' | 'outcome')
  | ('poll_interval' | 'polled_at')
>

/** False where the same action is being asked already. */
export async function insertApproval(tx: Transaction, row: NewRow): Promise<boolean> {
  const values = {
    ...row,
    target: JSON.stringify(row.target),
    requirements: JSON.stringify(row.requirements),
  } as unknown as Insertable<ApprovalTables['approvals']>
  const { numInsertedOrUpdatedRows } = await sql(tx)
    .insertInto('approvals')
    .values(values)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows !== 1n) return false
  told(tx, { ...row, status: 'pending' })
  return true
}

/** How many this agent asked for this person lately, and how many of these wait. One at a time may look and add. */
export async function countRecent(
  tx: Transaction,
  { agent, user, since, now }: { agent: AgentId; user: UserId | null; since: Date; now: Date },
): Promise<{ recent: number; waiting: number }> {
  await raw`select pg_advisory_xact_lock(hashtextextended(${`approvals ${agent} ${user ?? ''}`}, 0))`.execute(sql(tx))
  const { rows } = await raw<{ recent: number; waiting: number }>`
    select count(*) filter (where created_at > ${since})::int as recent,
      count(*) filter (where status = 'pending' and expires_at > ${now})::int as waiting
    from approvals where agents[1] = ${agent} and user_id is not distinct from ${user}
      and (created_at > ${since} or (status = 'pending' and expires_at > ${now}))`.execute(sql(tx))
  return rows[0] ?? { recent: 0, waiting: 0 }
}

/** The request for this action that is not over yet, but for time. Those whose time is over are closed on the way. */
export async function findOpen(tx: Transaction, hash: string, now: Date): Promise<Row | undefined> {
  const late = await sql(tx)
    .updateTable('approvals')
    .set({ status: 'expired' })
    .where('hash', '=', hash)
    .where('handle_hash', 'is', null)
    .where('status', 'in', OPEN)
    .where('expires_at', '<=', now)
    .returning(['id', 'status', 'audience'])
    .execute()
  for (const row of late) told(tx, row)
  return sql(tx)
    .selectFrom('approvals')
    .selectAll()
    .where('hash', '=', hash)
    .where('handle_hash', 'is', null)
    .where('status', 'in', OPEN)
    .executeTakeFirst()
}

/** Whether this very action was refused after `since`. */
export const deniedLately = async (tx: Transaction, hash: string, since: Date): Promise<ApprovalId | undefined> =>
  (
    await sql(tx)
      .selectFrom('approvals')
      .select('id')
      .where('hash', '=', hash)
      .where('status', '=', 'denied')
      .where('decided_at', '>', since)
      .executeTakeFirst()
  )?.id

export const findApproval = (tx: Transaction, id: ApprovalId): Promise<Row | undefined> =>
  sql(tx).selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirst()

export const lockApproval = (tx: Transaction, id: ApprovalId): Promise<Row | undefined> =>
  sql(tx).selectFrom('approvals').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()

export const answersOf = (tx: Transaction, ids: readonly ApprovalId[]): Promise<Answer[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : sql(tx).selectFrom('approval_answers').selectAll().where('approval', 'in', ids).orderBy('at').execute()

/** False where this person has answered. A yes may still become a no, and is then kept as one; never the other way. */
export async function insertAnswer(tx: Transaction, answer: Answer): Promise<boolean> {
  const { reason, session, at } = answer
  const { numInsertedOrUpdatedRows } = await sql(tx)
    .insertInto('approval_answers')
    .values(answer)
    .onConflict((conflict) =>
      answer.answer === 'approve'
        ? conflict.doNothing()
        : conflict.columns(['approval', 'user_id']).doUpdateSet({ answer: 'deny', reason, session, at }),
    )
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export interface Decided {
  status: 'approved' | 'denied' | 'cancelled'
  now: Date
  notBefore?: Date
}

/** Undefined where it is over already. */
export async function decide(
  tx: Transaction,
  id: ApprovalId,
  { status, now, notBefore }: Decided,
): Promise<Row | undefined> {
  const row = await sql(tx)
    .updateTable('approvals')
    .set({ status, decided_at: now, not_before: notBefore ?? null })
    .where('id', '=', id)
    .where('status', 'in', OPEN)
    .returningAll()
    .executeTakeFirst()
  if (row) told(tx, row)
  return row
}

/** Uses a yes: once, in time, for exactly this action. Undefined where it cannot be used, or not any more. */
export async function consumeApproval(
  tx: Transaction,
  { id, hash, by, now }: { id: ApprovalId; hash: string; by: string; now: Date },
): Promise<Row | undefined> {
  const row = await sql(tx)
    .updateTable('approvals')
    .set({ status: 'consumed', consumed_at: now, consumed_by: by })
    .where('id', '=', id)
    .where('hash', '=', hash)
    .where('status', '=', 'approved')
    .where('expires_at', '>', now)
    .where((eb) => eb.or([eb('not_before', 'is', null), eb('not_before', '<=', now)]))
    .returningAll()
    .executeTakeFirst()
  if (row) told(tx, row)
  return row
}

export async function settle(tx: Transaction, id: ApprovalId, outcome: NonNullable<Row['outcome']>): Promise<void> {
  const row = await sql(tx)
    .updateTable('approvals')
    .set({ outcome })
    .where('id', '=', id)
    .where('status', '=', 'consumed')
    .where('outcome', 'is', null)
    .returning(['id', 'status', 'audience'])
    .executeTakeFirst()
  if (row) told(tx, row)
}

export interface Listing {
  /** Undefined where everything may be seen. */
  names: readonly string[] | undefined
  status?: Row['status']
  after?: string
  limit: number
  now: Date
}

/** Newest first. */
export const listApprovals = (tx: Transaction, { names, status, after, limit, now }: Listing): Promise<Row[]> =>
  sql(tx)
    .selectFrom('approvals')
    .selectAll()
    .$if(names !== undefined, (query) => query.where(raw<boolean>`audience && ${names ?? []}::text[]`))
    .$if(status !== undefined, (query) => query.where(inStatus(status ?? 'pending', now)))
    .$if(after !== undefined, (query) => query.where('id', '<', after as ApprovalId))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()

// What has run out reads as expired, whether or not that was written down yet.
const inStatus = (status: Row['status'], now: Date) => {
  if (status === 'pending' || status === 'approved') return raw<boolean>`status = ${status} and expires_at > ${now}`
  if (status !== 'expired') return raw<boolean>`status = ${status}`
  return raw<boolean>`(status = 'expired' or (status in ('pending', 'approved') and expires_at <= ${now}))`
}

/** Those whom a link's death ends: nothing they asked for will be done. Returns how many. */
export async function cancelLinked(tx: Transaction, link: string, now: Date): Promise<number> {
  const rows = await sql(tx)
    .updateTable('approvals')
    .set({ status: 'cancelled', decided_at: now })
    .where('status', 'in', OPEN)
    .where(raw<boolean>`${link} = any(links)`)
    .returning(['id', 'status', 'audience'])
    .execute()
  for (const row of rows) told(tx, row)
  return rows.length
}

/** Everything that waits, however it stands: what was asked before a restore is not asked, or answered, any more. */
export async function endApprovalsOfBefore(tx: Transaction, { now }: { now: number }): Promise<void> {
  await sql(tx)
    .updateTable('approvals')
    .set({ status: 'cancelled', decided_at: new Date(now) })
    .where('status', 'in', OPEN)
    .execute()
}

export async function closeExpired(tx: Transaction, now: Date): Promise<void> {
  const rows = await sql(tx)
    .updateTable('approvals')
    .set({ status: 'expired' })
    .where('status', 'in', OPEN)
    .where('expires_at', '<=', now)
    .returning(['id', 'status', 'audience'])
    .execute()
  for (const row of rows) told(tx, row)
}

/** True for the first to say so: people are told once. */
export async function markNotified(tx: Transaction, id: ApprovalId, now: Date): Promise<boolean> {
  const row = await sql(tx)
    .updateTable('approvals')
    .set({ notified_at: now })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('notified_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export const findByHandle = (tx: Transaction, handleHash: string): Promise<Row | undefined> =>
  sql(tx).selectFrom('approvals').selectAll().where('handle_hash', '=', handleHash).executeTakeFirst()

/** Remembers a poll; false, and slower from now on, when it came too soon after the one before. */
export async function notePoll(
  tx: Transaction,
  id: ApprovalId,
  now: Date,
): Promise<{ inTime: boolean; interval: number }> {
  const { rows } = await raw<{ in_time: boolean; poll_interval: number }>`
    update approvals as new set polled_at = ${now},
      poll_interval = old.poll_interval + case when old.in_time then 0 else 5 end
    from (select id, poll_interval,
        polled_at is null or polled_at + poll_interval * interval '1 second' <= ${now}::timestamptz as in_time
      from approvals where id = ${id} for update) as old
    where new.id = old.id returning old.in_time, new.poll_interval`.execute(sql(tx))
  const row = rows[0]
  return { inTime: row?.in_time ?? true, interval: row?.poll_interval ?? 5 }
}

export async function deleteOld(tx: Transaction, before: Date): Promise<void> {
  await sql(tx).deleteFrom('approvals').where('created_at', '<', before).execute()
}
