// The place an archive goes to in a database that others may use too: empty, or emptied of what is ours and nothing else.
import type { Connection, Migration } from '../database/index.ts'
import { listApplied, listTables, madeBy, quoted } from './catalog.ts'
import { ArchiveRefused } from './refusal.ts'

/** Whether the schema holds no table at all. */
export const isEmpty = async (connection: Connection): Promise<boolean> => (await listTables(connection)).length === 0

/** Refuses while a server, or another command, is connected to this database or holds a lease on it. */
export async function mustBeUnused(connection: Connection): Promise<void> {
  const { rows } = await connection.query(
    `select count(*)::int as connections from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and application_name like 'mandate%'`,
  )
  const tables = await listTables(connection)
  const leased = tables.some(({ name }) => name === 'replicas')
    ? (await connection.query('select count(*)::int as leases from replicas where lease_until > now()')).rows
    : []
  if (Number(rows[0]?.connections) > 0 || Number(leased[0]?.leases ?? 0) > 0)
    throw new ArchiveRefused('a mandate server is using this database; stop every one of them first, then try again')
}

// Other programs have a table of users, too.
async function isHouse(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query(
    `select count(*)::int as columns from information_schema.columns
     where table_schema = current_schema() and table_name = 'migrations'
       and column_name in ('room', 'name', 'checksum', 'applied_at')`,
  )
  return Number(rows[0]?.columns) === 4 && (await listApplied(connection)).some(({ room }) => room === 'changes')
}

/** Drops what the migrations of this release make, and the queue of jobs. Refuses where there is anything else. */
export async function emptyOut(connection: Connection, migrations: readonly Migration[]): Promise<void> {
  const made = madeBy(migrations)
  const tables = (await listTables(connection)).map(({ name }) => name)
  if (!(await isHouse(connection)))
    throw new ArchiveRefused('the database holds tables, but no Mandate; restore into an empty database instead')
  const strangers = tables.filter((name) => !made.table.includes(name))
  if (strangers.length > 0)
    throw new ArchiveRefused(
      `the database holds tables that this release did not make (${strangers.slice(0, 5).join(', ')}); restore into an empty database instead`,
    )
  for (const name of made.view) await connection.script(`drop view if exists ${quoted(name)} cascade`)
  for (const name of tables) await connection.script(`drop table ${quoted(name)} cascade`)
  for (const name of made.function) await connection.script(`drop function if exists ${quoted(name)} cascade`)
  for (const name of made.type) await connection.script(`drop type if exists ${quoted(name)} cascade`)
  await connection.script('drop schema if exists jobs cascade')
}
