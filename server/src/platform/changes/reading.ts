// The statements that read the log: what came after a place in it, and whether that place is still where it was.
import { sql } from 'kysely'
import type { Connection, Transaction } from '../database/index.ts'
import type { Change } from './follower.ts'

export const BATCH = 1000

/**
 * A place in the log: a position, and when its entry was written. Both, because after a failover that lost commits
 * the same position may hold another change.
 */
export interface Place {
  position: number
  written: string | undefined
}

export const START: Place = { position: 0, written: undefined }

export interface Entry extends Change {
  written: string
}

// The entry at `$1` itself is read too: it proves that the reader's place is still in the log.
const AFTER = `select position, topic, key, body, extract(epoch from at)::text as written
  from changes where position >= $1 order by position limit ${BATCH + 1}`

/** The next entries after `at`, dense and in order; `behind` when the log does not continue from there. */
export async function readAfter(connection: Connection, at: Place): Promise<Entry[] | 'behind'> {
  const { rows } = await connection.query(AFTER, [at.position])
  return following(rows as unknown as Entry[], at)
}

/** As `readAfter`; the same statement acknowledges what was applied and extends the replica's lease. */
export async function beat(
  connection: Connection,
  at: Place,
  { replica, leaseMs }: { replica: string; leaseMs: number },
): Promise<Entry[] | 'behind'> {
  const { rows } = await connection.query(
    `with beat as (
       insert into replicas (id, position, lease_until) values ($2, $1, now() + $3 * interval '1 millisecond')
       on conflict (id) do update set position = excluded.position, lease_until = excluded.lease_until)
     ${AFTER}`,
    [at.position, replica, leaseMs],
  )
  return following(rows as unknown as Entry[], at)
}

/** Where the log ends, as `tx` sees it. */
export async function readHead(tx: Transaction): Promise<Place> {
  const { rows } = await sql<{ position: number; written: string }>`
    select position, extract(epoch from at)::text as written from changes order by position desc limit 1`.execute(
    tx.sql(),
  )
  return rows[0] ?? START
}

/**
 * Where the log ends, as `tx` sees it. Throws `PlaceLost` when `before` is no longer where it was: after a failover
 * that lost commits, what was read until then may hold what was never there.
 */
export async function readOn(tx: Transaction, before: Place | undefined): Promise<Place> {
  if (before && before.position > 0) {
    const { rows } = await sql`
      select 1 from changes where position = ${before.position} and extract(epoch from at)::text = ${before.written}`.execute(
      tx.sql(),
    )
    if (rows.length === 0) throw new PlaceLost()
  }
  return readHead(tx)
}

export class PlaceLost extends Error {
  override readonly name = 'PlaceLost'
}

function following(entries: Entry[], at: Place): Entry[] | 'behind' {
  const own = at.position === 0 ? undefined : entries.shift()
  if (own?.written !== at.written || (own && own.position !== at.position)) return 'behind'
  return entries.every(({ position }, n) => position === at.position + n + 1) ? entries : 'behind'
}
