// The ground tests stand on: a database of their own, embedded or on the server TEST_DATABASE_URL names.
import { randomBytes } from 'node:crypto'
import { describe } from 'node:test'
import pg from 'pg'
import { appendChanges } from '../changes/log.ts'
import type { Database } from './database.ts'
import { type MigrationSource, migrate, readMigrations } from './migrations.ts'
import { openPostgres } from './postgres.ts'
import { embeddedDatabase } from './test-embedded.ts'

export { CHANGE_LOG } from './test-embedded.ts'

export type TestKind = 'embedded' | 'shared'

export interface TestDatabaseOptions {
  /** Rooms whose migrations are applied, in order; none leaves the database empty. */
  migrations?: readonly MigrationSource[]
  /** By default `shared` when TEST_DATABASE_URL is set. */
  kind?: TestKind
  onError?: (error: Error) => void
}

export interface TestDatabase {
  database: Database
  /** Of the database itself, when it is a shared one; further pools may be opened on it. */
  url?: string
  close(): Promise<void>
}

/** URL of the server; throws a clear sentence without it. For files named `*.postgres.test.ts`. */
export function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL
  if (!url)
    throw new Error('this test needs a PostgreSQL server: set TEST_DATABASE_URL to one it may create databases on')
  return url
}

/** A fresh database, gone after `close`. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { kind = process.env.TEST_DATABASE_URL ? 'shared' : 'embedded', migrations = [] } = options
  if (kind === 'embedded') {
    const database = await embeddedDatabase(migrations)
    return { database, close: () => database.close() }
  }
  const made = await shared(options.onError)
  try {
    if (migrations.length > 0) await migrate(made.database, readMigrations(migrations))
  } catch (error) {
    await made.close()
    throw error
  }
  return made
}

/** The embedded database and, when TEST_DATABASE_URL is set, PostgreSQL; that alone with TEST_DATABASES=postgres. */
export function testKinds(): TestKind[] {
  const { TEST_DATABASE_URL: url, TEST_DATABASES: wanted } = process.env
  if (!url) return ['embedded']
  return wanted === 'postgres' ? ['shared'] : ['embedded', 'shared']
}

/** The same suite on each of them. */
export function eachDatabase(name: string, suite: (kind: TestKind) => void): void {
  for (const kind of testKinds()) describe(`${name}, ${kind}`, { timeout: 120_000 }, () => suite(kind))
}

/** Another pool on the same shared database, as another replica would have. */
export const anotherPool = (url: string, onError: (error: Error) => void = () => {}): Promise<Database> =>
  openPostgres({ url, append: appendChanges, connections: 6, onError })

/** One statement on a connection of its own, outside everything that is tested. */
export async function onServer(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

async function shared(onError: (error: Error) => void = () => {}): Promise<TestDatabase> {
  const server = serverUrl()
  const name = `mandate_test_${randomBytes(6).toString('hex')}`
  await onServer(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const drop = () => onServer(server, `drop database if exists ${name} with (force)`)
  try {
    const database = await anotherPool(url.href, onError)
    return {
      database,
      url: url.href,
      async close() {
        await database.close()
        await drop()
      },
    }
  } catch (error) {
    await drop()
    throw error
  }
}
