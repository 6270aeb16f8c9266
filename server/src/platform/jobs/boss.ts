// How pg-boss reaches the database: its own two connections on PostgreSQL, turns on the one connection of PGlite.
import { CompiledQuery } from 'kysely'
import { type ConstructorOptions, type Db, PgBoss } from 'pg-boss'
import type { Connection, Database, Transaction } from '../database/index.ts'

export interface BossOptions {
  database: Database
  databaseUrl?: string
  onError: (error: Error) => void
}

const SCHEMA = 'jobs'

// Rarer than pg-boss asks by default: an idle installation should leave its database alone.
const quiet: ConstructorOptions = {
  schema: SCHEMA,
  superviseIntervalSeconds: 60,
  queueCacheIntervalSeconds: 600,
  cronWorkerIntervalSeconds: 15,
  flowIntervalSeconds: 3600,
  bamIntervalSeconds: 600,
  registerInstance: false,
  openTelemetry: { enabled: false },
}

export function bossOn({ database, databaseUrl, onError }: BossOptions): PgBoss {
  const boss = new PgBoss(database.kind === 'embedded' ? embedded(database) : shared(databaseUrl))
  boss.on('error', onError)
  return boss
}

// Indexes of an embedded database stay small, and rebuilding one would hold its only connection.
const embedded = (database: Database): ConstructorOptions => ({
  ...quiet,
  backend: 'pglite',
  reindex: false,
  monitorVacuum: false,
  db: { executeSql: (text, values) => database.connected((connection) => execute(connection, text, values)) },
})

function shared(url: string | undefined): ConstructorOptions {
  if (url === undefined) throw new Error('jobs on a shared database need its URL')
  return { ...quiet, connectionString: url, max: 2, connectionTimeoutMillis: 5_000, application_name: 'mandate jobs' }
}

// pg-boss writes BEGIN and COMMIT inside one text. Where that fails between them, the connection must not be handed on
// in a transaction that the next caller knows nothing of.
async function execute(connection: Connection, text: string, values: unknown[] = []) {
  try {
    if (values.length > 0) return await connection.query(text, values)
    return { rows: await connection.script(text) }
  } catch (error) {
    await connection.query('rollback').catch(() => {})
    throw error
  }
}

/** Jobs of `name` that are marked as running. */
export async function orphans(database: Database, name: string): Promise<string[]> {
  const { rows } = await database.connected((connection) =>
    connection.query(`select id from ${SCHEMA}.job where name = $1 and state = 'active'`, [name]),
  )
  return rows.map(({ id }) => id as string)
}

/** What pg-boss needs to add a job inside `tx`. */
export const inside = (tx: Transaction): Db => ({
  executeSql: async (text, values = []) => ({
    rows: (await tx.sql().executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, values))).rows,
  }),
})
