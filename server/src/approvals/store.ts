// The room's only SQL. Every step of a request is one conditional update: zero rows means that somebody was first.
import { type Insertable, type JSONColumnType, sql as raw } from 'kysely'
import type { AgentId, ApprovalId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { Answer, Requirement, Row } from './model.ts'

interface ApprovalTables {
  approvals: Omit<Row, 'target' | 'requirements'> & {
    sealed: string | null
    target: JSONColumnType<Row['target']>
    requirements: JSONColumnType<{ all: Requirement[] }>
  }
  approval_answers: Answer
}

export const TOPIC = 'approvals.approval'

/** Everything but the contents, which may be large: they are read for one request at a time. */
const COLUMNS = [
  ...([
    'id',
    'kind',
    'status',
    'hash',
    'summary',
    'bytes',
    'user_id',
    'agents',
    'client',
    'task',
    'connection',
  ] as const),
  ...(['action', 'target', 'effect', 'links', 'position', 'requirements', 'audience', 'hold_seconds'] as const),
  ...(['handle_hash', 'poll_interval', 'polled_at', 'attempt', 'created_at', 'notified_at', 'decided_at'] as const),
  ...(['not_before', 'expires_at', 'consumed_at', 'consumed_by', 'outcome'] as const),
] satisfies (keyof Row)[]

const sql = (tx: Transaction) => tx.sql<ApprovalTables>()
const OPEN = ['pending', 'approved'] as const

const told = (tx: Transaction, { id, status, audience }: Pick<Row, 'id' | 'status' | 'audience'>): void =>
  tx.append({ topic: TOPIC, key: id, body: { status, audience } })

export type NewRow = Omit<
  Row,
  | ('status' | 'notified_at' | 'decided_at' | 'not_before' | 'consumed_at' | 'consumed_by' | 'outcome')
  | ('poll_interval' | 'polled_at')
> & { sealed: string }

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

/** How many this agent asked for this person lately, how many wait, and how much that is. One at a time may look and add. */
export async function countRecent(
  tx: Transaction,
  { agent, user, since, now }: { agent: AgentId; user: UserId | null; since: Date; now: Date },
): Promise<Asked> {
  await raw`select pg_advisory_xact_lock(hashtextextended(${`approvals ${agent} ${user ?? ''}`}, 0))`.execute(sql(tx))
  const { rows } = await raw<Asked>`
    select count(*) filter (where created_at > ${since})::int as recent,
      count(*) filter (where status = 'pending' and expires_at > ${now})::int as waiting,
      coalesce(sum(bytes) filter (where status = 'pending' and expires_at > ${now}), 0)::int as bytes
    from approvals where agents[1] = ${agent} and user_id is not distinct from ${user}
      and (created_at > ${since} or (status = 'pending' and expires_at > ${now}))`.execute(sql(tx))
  return rows[0] ?? { recent: 0, waiting: 0, bytes: 0 }
}

export interface Asked {
  recent: number
  waiting: number
  /** Of those that wait. */
  bytes: number
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
    .select(COLUMNS)
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
  sql(tx).selectFrom('approvals').select(COLUMNS).where('id', '=', id).executeTakeFirst()

/** What was sealed with a request; null where it is not kept any more. */
export const sealedOf = async (tx: Transaction, id: ApprovalId): Promise<string | null> =>
  (await sql(tx).selectFrom('approvals').select('sealed').where('id', '=', id).executeTakeFirst())?.sealed ?? null

export const lockApproval = (tx: Transaction, id: ApprovalId): Promise<Row | undefined> =>
  sql(tx).selectFrom('approvals').select(COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst()

export const answersOf = (tx: Transaction, ids: readonly ApprovalId[]): Promise<Answer[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : sql(tx).selectFrom('approval_answers').selectAll().where('approval', 'in', ids).orderBy('at').execute()

/**
 * False where this person has answered. A yes may still become a no, and is then kept as one; never the other way. Whose yes
 * was taken back answers anew.
 */
export async function insertAnswer(tx: Transaction, answer: Answer): Promise<boolean> {
  const { reason, session, at, position } = answer
  const anew = { answer: answer.answer, reason, session, at, position, taken_back_at: null }
  const { numInsertedOrUpdatedRows } = await sql(tx)
    .insertInto('approval_answers')
    .values(answer)
    .onConflict((conflict) => {
      const update = conflict.columns(['approval', 'user_id']).doUpdateSet(anew)
      return answer.answer === 'deny' ? update : update.where('approval_answers.taken_back_at', 'is not', null)
    })
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
    .returning(COLUMNS)
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
    .returning(COLUMNS)
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
    .select(COLUMNS)
    .$if(names !== undefined, (query) => query.where(raw<boolean>`audience && ${names ?? []}::text[]`))
    .$if(status !== undefined, (query) => query.where(inStatus(status ?? 'pending', now)))
    .$if(after !== undefined, (query) => query.where('id', '<', after as ApprovalId))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()

export type Waiting = Pick<Row, 'id' | 'requirements'>

/** What may wait for this person: nothing they answered, and at most `limit`. */
export const waitingFor = (
  tx: Transaction,
  { user, names, limit, now }: { user: UserId; names: readonly string[]; limit: number; now: Date },
): Promise<Waiting[]> =>
  sql(tx)
    .selectFrom('approvals')
    .select(['id', 'requirements'])
    .where(raw<boolean>`audience && ${names}::text[]`)
    .where(inStatus('pending', now))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('approval_answers')
            .select('user_id')
            .whereRef('approval', '=', 'approvals.id')
            .where('user_id', '=', user)
            .where('taken_back_at', 'is', null),
        ),
      ),
    )
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

/** What this agent, at any place in a chain, asked for this person: nothing of it will be done. */
export async function cancelBetween(tx: Transaction, { user, agent, now }: Between): Promise<void> {
  const rows = await sql(tx)
    .updateTable('approvals')
    .set({ status: 'cancelled', decided_at: now })
    .where('status', 'in', OPEN)
    .where('user_id', '=', user)
    .where(raw<boolean>`${agent} = any(agents)`)
    .returning(['id', 'status', 'audience'])
    .execute()
  for (const row of rows) told(tx, row)
}

export interface Between {
  user: UserId
  agent: AgentId
  now: Date
}

/** Takes back the yes of a person, or of a session, to what is still open; what stood on it is called off. Returns how many. */
export async function takeBack(tx: Transaction, { by, now }: { by: string; now: Date }): Promise<number> {
  const { rows } = await raw<Pick<Row, 'id' | 'status' | 'audience'>>`
    with taken as (
      update approval_answers set taken_back_at = ${now}
      where answer = 'approve' and taken_back_at is null and (user_id = ${by} or session = ${by})
        and approval in (select id from approvals where status in ('pending', 'approved'))
      returning approval)
    update approvals set
      decided_at = case when status = 'approved' then ${now}::timestamptz else decided_at end,
      status = case when status = 'approved' then 'cancelled' else status end
    where status in ('pending', 'approved') and id in (select approval from taken)
    returning id, status, audience`.execute(sql(tx))
  for (const row of rows) told(tx, row)
  return rows.filter(({ status }) => status === 'cancelled').length
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
  sql(tx).selectFrom('approvals').select(COLUMNS).where('handle_hash', '=', handleHash).executeTakeFirst()

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

/** The contents of what has run out before: nobody needs them to look back. */
export async function deleteContents(tx: Transaction, before: Date): Promise<void> {
  await sql(tx)
    .updateTable('approvals')
    .set({ sealed: null })
    .where('sealed', 'is not', null)
    .where('expires_at', '<', before)
    .where('status', 'not in', OPEN)
    .execute()
}

export async function deleteOld(tx: Transaction, before: Date): Promise<void> {
  await sql(tx).deleteFrom('approvals').where('created_at', '<', before).execute()
}
