// Forward-only migrations per room, applied in order under one lock, each remembered with its checksum.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Connection, Database } from './database.ts'

/** A room's migrations: `NNNN-name.sql` files in a folder. */
export interface MigrationSource {
  room: string
  folder: URL
}

export interface Migration {
  room: string
  name: string
  text: string
  checksum: string
}

const LOCK = 7_261_001
const ANSWER_WITHIN_MS = 30 * 60_000

export function readMigrations(sources: readonly MigrationSource[]): Migration[] {
  return sources.flatMap(({ room, folder }) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.sql'))
      .sort()
      .map((name) => {
        const text = readFileSync(new URL(name, folder), 'utf8')
        return { room, name, text, checksum: createHash('sha256').update(text).digest('hex') }
      }),
  )
}

/**
 * Applies what is missing, all or nothing; returns the names applied. Refuses when an applied one was changed. One it
 * does not know is of a later release that runs beside this one.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<string[]> {
  return database.connected(async (connection) => {
    await connection.query('begin')
    try {
      // A large table takes its time, and so does the process that migrates before this one.
      await connection.script('set local statement_timeout = 0; set local lock_timeout = 0')
      await lockMigrations(connection)
      const applied = await applyMissing(connection, migrations)
      await connection.query('commit')
      return applied
    } catch (error) {
      await connection.query('rollback').catch(() => {})
      throw error
    }
  }, ANSWER_WITHIN_MS)
}

/** Until the transaction ends nobody else changes the schema, and no house starts on it. */
export async function lockMigrations(connection: Connection): Promise<void> {
  await connection.query('select pg_advisory_xact_lock($1)', [LOCK])
}

/** Applies what is missing inside the caller's transaction; returns the paths applied. */
export async function applyMissing(connection: Connection, migrations: readonly Migration[]): Promise<string[]> {
  await connection.script(`create table if not exists migrations (
    room text not null, name text not null, checksum text not null, applied_at timestamptz not null default now(),
    primary key (room, name))`)
  const { rows } = await connection.query('select room, name, checksum from migrations')
  const known = new Map(rows.map((row) => [`${row.room}/${row.name}`, row.checksum]))
  const applied: string[] = []
  for (const { room, name, text, checksum } of migrations) {
    const path = `${room}/${name}`
    const before = known.get(path)
    if (before !== undefined && before !== checksum)
      throw new Error(`migration ${path} was changed after it was applied; migrations only go forward`)
    if (before !== undefined) continue
    await connection.script(text)
    await connection.query('insert into migrations (room, name, checksum) values ($1, $2, $3)', [room, name, checksum])
    applied.push(path)
  }
  return applied
}
