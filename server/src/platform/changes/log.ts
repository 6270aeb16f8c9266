// Writing the change log: positions are given out under one lock that is taken last, so commit order is position order.
import type { Connection, Database, NewChange } from '../database/index.ts'

export const CHANNEL = 'mandate_changes'
export const REVOCATION = 'revocation'
const LOCK = 7_261_002

/**
 * Longer than any token, session, grant or pending request lives: what could name a link revoked before is dead by itself.
 * An hour more than a day, which is the longest that somebody may be asked.
 */
export const REVOCATIONS_KEPT_SECONDS = 25 * 3600

/** Appends `changes` inside the caller's open transaction; returns the position of the last one. */
export async function appendChanges(connection: Connection, changes: readonly NewChange[]): Promise<number> {
  // PostgreSQL releases the lock after the commit is visible, so the next writer's statement sees these rows.
  await connection.query(`select pg_advisory_xact_lock(${LOCK}), pg_notify('${CHANNEL}', '')`)
  const { rows } = await connection.query(
    `insert into changes (position, topic, key, body)
     select (select coalesce(max(position), 0) from changes) + n, topic, key, body
     from unnest($1::text[], $2::text[], $3::jsonb[]) with ordinality as given (topic, key, body, n)
     returning position`,
    [
      changes.map((change) => change.topic),
      changes.map((change) => change.key),
      changes.map((change) => JSON.stringify(change.body)),
    ],
  )
  const last = Math.max(...rows.map((row) => row.position as number))
  if (changes.some((change) => change.topic === REVOCATION)) await keepRevocations(connection, last - changes.length)
  return last
}

// Here, and not where the revocation was asked for: only now is its exact position known, and a snapshot that is
// loaded later must judge tokens by the same position as a replica that tailed the change.
async function keepRevocations(connection: Connection, after: number): Promise<void> {
  await connection.query(
    `insert into revocations (link, position, reason)
     select distinct on (key) key, position, body->>'reason' from changes
     where position > $1 and topic = '${REVOCATION}' order by key, position desc
     on conflict (link) do update set position = excluded.position, reason = excluded.reason, at = now()`,
    [after],
  )
}

/**
 * Deletes entries older than the window, never the newest; returns how many. Only from the front: `at` is when a
 * transaction began, so a long one stands among younger entries, and taking it out alone would leave a gap.
 */
export async function trimChanges(connection: Connection, windowSeconds: number): Promise<number> {
  const { affected } = await connection.query(
    `delete from changes where position < least(
       (select min(position) from changes where at >= now() - $1 * interval '1 second'),
       (select max(position) from changes))`,
    [windowSeconds],
  )
  await connection.query(`delete from revocations where at < now() - $1 * interval '1 second'`, [
    REVOCATIONS_KEPT_SECONDS,
  ])
  await connection.query(`delete from replicas where lease_until < now() - interval '1 hour'`)
  return affected
}

/** Position of the newest committed change. */
export async function newestPosition(database: Database): Promise<number> {
  const { rows } = await database.connected((connection) =>
    connection.query('select coalesce(max(position), 0) as position from changes'),
  )
  return Number(rows[0]?.position)
}
