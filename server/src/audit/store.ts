// The room's only SQL.
import { type ExpressionBuilder, type Generated, sql as text } from 'kysely'
import type { EventId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import { SEPARATOR } from './bounded.ts'
import type { EventRow } from './row.ts'

interface AuditTables {
  audit_events: Omit<EventRow, 'at'> & { at: Date; leaf_index: number | null }
  audit_tree: { sole: Generated<boolean>; size: number; frontier: Uint8Array; epoch: number }
  audit_checkpoints: { size: number; note: string; at: Date; epoch: number }
  audit_keys: { id: string; sealed: string; created_at: Generated<Date> }
}

export type CheckpointRow = AuditTables['audit_checkpoints']

// Numbers of advisory locks; platform/database and platform/changes have 7 261 001 and …002.
const SEQUENCER_LOCK = 7_261_003

const sql = (tx: Transaction) => tx.sql<AuditTables>()

/**
 * Inserts all rows in one statement, whose text is always the same. With `again`, rows that are there already are
 * passed over: they are being retried after a commit whose answer was lost.
 */
export async function insertEvents(tx: Transaction, rows: readonly EventRow[], { again = false } = {}): Promise<void> {
  const list = (name: 'agents' | 'actions' | 'resources') => rows.map((row) => row[name].join(SEPARATOR))
  const column = <C extends keyof EventRow>(name: C) => rows.map((row) => row[name])
  await text`
    insert into audit_events (id, at, entry, kind, operation, sub, agents, user_id, client, session, task, delegation,
      actions, resources, outcome, approval, correlation)
    select id, at, entry, kind, operation, sub, string_to_array(agents, ${SEPARATOR}), user_id, client, session, task,
      delegation, string_to_array(actions, ${SEPARATOR}), string_to_array(resources, ${SEPARATOR}), outcome, approval,
      correlation
    from unnest(${column('id')}::text[], ${column('at')}::timestamptz[], ${column('entry')}::text[],
      ${column('kind')}::text[], ${column('operation')}::text[], ${column('sub')}::text[], ${list('agents')}::text[],
      ${column('user_id')}::text[], ${column('client')}::text[], ${column('session')}::text[],
      ${column('task')}::text[], ${column('delegation')}::text[], ${list('actions')}::text[],
      ${list('resources')}::text[], ${column('outcome')}::text[], ${column('approval')}::text[],
      ${column('correlation')}::text[])
      as given (id, at, entry, kind, operation, sub, agents, user_id, client, session, task, delegation, actions,
        resources, outcome, approval, correlation)
    ${again ? text`on conflict (id) do nothing` : text``}`.execute(sql(tx))
}

export interface EventFilter {
  from?: Date
  to?: Date
  principal?: string
  agent?: string
  user?: string
  task?: string
  action?: string
  resource?: string
  operation?: string
  outcome?: string
  approval?: string
  correlation?: string
  kind?: string
  /** Ids at or above, and below: ids begin with their time, so the primary key serves a span of time. */
  since?: string
  before?: string
  /** Id of the last event of the page before. */
  cursor?: string
  limit: number
}

export const listEvents = (tx: Transaction, filter: EventFilter) =>
  sql(tx)
    .selectFrom('audit_events')
    .select(['id', 'entry', 'leaf_index'])
    .where((row) => row.and(conditions(row, filter)))
    .orderBy('id', 'desc')
    .limit(filter.limit + 1)
    .execute()

function conditions(row: ExpressionBuilder<AuditTables, 'audit_events'>, filter: EventFilter) {
  const { from, to, since, before, cursor, agent, action, resource } = filter
  const equal = (['operation', 'outcome', 'approval', 'correlation', 'kind', 'task'] as const).flatMap((name) => {
    const value = filter[name]
    return value === undefined ? [] : [row(name, '=', value as never)]
  })
  return [
    ...equal,
    ...(from ? [row('at', '>=', from)] : []),
    ...(to ? [row('at', '<', to)] : []),
    ...(since === undefined ? [] : [row('id', '>=', since as EventId)]),
    ...(before === undefined ? [] : [row('id', '<', before as EventId)]),
    ...(cursor === undefined ? [] : [row('id', '<', cursor as EventId)]),
    ...(filter.principal === undefined ? [] : [row('sub', '=', filter.principal)]),
    ...(filter.user === undefined ? [] : [row('user_id', '=', filter.user), row('sub', '=', filter.user)]),
    // Said twice, here and for users: only so does an index serve it.
    ...(agent === undefined ? [] : [text<boolean>`agents @> array[${agent}::text] and agents <> '{}'`]),
    ...(action === undefined ? [] : [text<boolean>`actions @> array[${action}::text]`]),
    ...(resource === undefined ? [] : [text<boolean>`resources @> array[${resource}::text]`]),
  ]
}

/** Entries in the order of the log, from leaf `from` on. */
export const listLeaves = (tx: Transaction, { from, limit }: { from: number; limit: number }) =>
  sql(tx)
    .selectFrom('audit_events')
    .select(['leaf_index', 'entry'])
    .where('leaf_index', '>=', from)
    .orderBy('leaf_index')
    .limit(limit)
    .execute()

/** Whether this transaction is the one that sequences; ends with it. */
export async function electSequencer(tx: Transaction): Promise<boolean> {
  const { rows } = await text<{ won: boolean }>`select pg_try_advisory_xact_lock(${SEQUENCER_LOCK}) as won`.execute(
    sql(tx),
  )
  return rows[0]?.won === true
}

/** The tree, and whether a checkpoint of this size is signed. */
export const readTree = (tx: Transaction) =>
  sql(tx)
    .selectFrom('audit_tree')
    .select(['size', 'frontier', 'epoch'])
    .select(({ exists, selectFrom }) =>
      exists(selectFrom('audit_checkpoints').whereRef('audit_checkpoints.size', '=', 'audit_tree.size').select('note'))
        .$castTo<boolean>()
        .as('signed'),
    )
    .executeTakeFirstOrThrow()

export const listUnsequenced = (tx: Transaction, limit: number) =>
  sql(tx)
    .selectFrom('audit_events')
    .select(['id', 'entry'])
    .where('leaf_index', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute()

/** Gives `ids` the leaf indexes from `first` on, in this order; returns how many rows took theirs. */
export async function giveLeaves(tx: Transaction, ids: readonly EventId[], first: number): Promise<number> {
  const { numAffectedRows } = await text`
    update audit_events set leaf_index = ${first}::bigint + given.n - 1
    from unnest(${ids}::text[]) with ordinality as given (id, n)
    where audit_events.id = given.id`.execute(sql(tx))
  return Number(numAffectedRows ?? 0)
}

/** Moves the tree on from `size`; false when it is not at that size any more. */
export async function growTree(
  tx: Transaction,
  size: number,
  grown: { size: number; frontier: Uint8Array },
): Promise<boolean> {
  const { numUpdatedRows } = await sql(tx)
    .updateTable('audit_tree')
    .set(grown)
    .where('size', '=', size)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Begins the next epoch; the number of it, and how many leaves the log has. */
export const nextEpoch = (tx: Transaction) =>
  sql(tx)
    .updateTable('audit_tree')
    .set(({ eb }) => ({ epoch: eb('epoch', '+', 1) }))
    .returning(['epoch', 'size'])
    .executeTakeFirstOrThrow()

export const insertCheckpoint = (tx: Transaction, checkpoint: CheckpointRow) =>
  sql(tx).insertInto('audit_checkpoints').values(checkpoint).execute()

export const newestCheckpoint = (tx: Transaction) =>
  sql(tx).selectFrom('audit_checkpoints').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst()

export const listCheckpoints = (tx: Transaction, { after, limit }: { after: number; limit: number }) =>
  sql(tx)
    .selectFrom('audit_checkpoints')
    .selectAll()
    .where('size', '>', after)
    .orderBy('size')
    .limit(limit + 1)
    .execute()

export const findKey = async (tx: Transaction, id: string): Promise<string | undefined> =>
  (await sql(tx).selectFrom('audit_keys').select('sealed').where('id', '=', id).executeTakeFirst())?.sealed

/** Keeps `sealed` unless a key was kept before. */
export const insertKey = (tx: Transaction, id: string, sealed: string) =>
  sql(tx)
    .insertInto('audit_keys')
    .values({ id, sealed })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
