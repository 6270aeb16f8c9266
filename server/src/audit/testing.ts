// What the room's tests stand on: real databases, a clock that is set by hand, and a way to break a database on purpose.
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { type AgentId, newId, type UserId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Ended, Recorded } from '../pipeline/index.ts'
import { appendChanges } from '../platform/changes/index.ts'
import { type Database, migrate, openDatabase, readMigrations, type Transaction } from '../platform/database/index.ts'
import { serverUrl, testKinds } from '../platform/database/test-database.ts'
import { embeddedDatabase } from '../platform/database/test-embedded.ts'
import { migrationsOf } from '../platform/stored-data.ts'
import { auditRoom } from './index.ts'

export interface TestDatabase {
  name: string
  open(): Promise<Database>
}

/** The embedded database, and PostgreSQL where TEST_DATABASE_URL names one; each `open` gives a fresh, migrated one. */
export function testDatabases(): TestDatabase[] {
  const embedded = { name: 'the embedded database', open: () => embeddedDatabase(migrationsOf([auditRoom])) }
  const shared = { name: 'PostgreSQL', open: () => openFresh(serverUrl()) }
  return testKinds().map((kind) => (kind === 'embedded' ? embedded : shared))
}

async function openMigrated(url: string): Promise<Database> {
  const database = await openDatabase({ url, append: appendChanges, onError: () => {} })
  await migrate(database, readMigrations(migrationsOf([auditRoom])))
  return database
}

async function openFresh(url: string): Promise<Database> {
  const name = `audit_${randomBytes(6).toString('hex')}`
  const statement = async (text: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(text).finally(() => client.end())
  }
  await statement(`create database ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  const database = await openMigrated(own.href)
  return {
    ...database,
    async close() {
      await database.close()
      await statement(`drop database ${name} with (force)`)
    },
  }
}

export interface Watched extends Database {
  /** Statements made by transactions so far. */
  statements: number
  /** Awaited before each transaction begins. */
  gate: Promise<unknown>
  /** Breaks transactions: before they begin, after their commit, or instead of their nth statement. */
  fault: 'none' | 'away' | 'answer lost' | { statement: number; how: () => Promise<unknown> }
}

export function watch(database: Database): Watched {
  const watched: Watched = {
    ...database,
    statements: 0,
    gate: Promise.resolve(),
    fault: 'none',
    async transaction(work) {
      await watched.gate
      const { fault } = watched
      if (fault === 'away') throw new Error('the database is away')
      const result = await database.transaction((tx) => work(overheard(tx, watched)))
      if (fault === 'answer lost') throw new Error('the connection broke after the commit')
      return result
    },
  }
  return watched
}

function overheard(tx: Transaction, watched: Watched): Transaction {
  let nth = 0
  const counting = {
    transformQuery<N>({ node }: { node: N }): N {
      nth += 1
      watched.statements += 1
      return node
    },
    async transformResult<R>({ result }: { result: R }): Promise<R> {
      if (typeof watched.fault === 'object' && watched.fault.statement === nth) await watched.fault.how()
      return result
    },
  }
  return { ...tx, sql: <Tables>() => tx.sql<Tables>().withPlugin(counting) }
}

export interface StoredEvent {
  id: string
  entry: string
  leaf_index: number | null
  kind: string
  sub: string | null
  agents: string[]
  actions: string[]
  resources: string[]
  outcome: string | null
  correlation: string | null
  /** The whole row, as text. */
  row: string
}

/** Every row there is, in the order of ids. */
export const storedEvents = (database: Database): Promise<StoredEvent[]> =>
  database.transaction(
    async (tx) =>
      (await sql<StoredEvent>`select *, audit_events::text as row from audit_events order by id`.execute(tx.sql()))
        .rows,
  )

export function handClock(at = Date.UTC(2026, 7, 1)) {
  let passed = 0
  return {
    now: () => at + passed,
    elapsed: () => passed,
    pass: (ms: number) => {
      passed += ms
    },
  }
}

export const dana: UserId = newId('user', 0)
export const bot: AgentId = newId('agent', 0)

export const userThroughAgent: Principal = {
  sub: dana,
  kind: 'user',
  act: [{ sub: bot }],
  client: bot,
  session: 'ses_1',
  task: 'txn_1',
  delegation: 'del_1',
  scopes: new Set(['use']),
  authorizationDetails: [],
  audience: 'http://localhost/api',
  expiresAt: 4_000_000_000,
  tokenId: 'token-1',
}

export const agentAlone: Principal = { ...userThroughAgent, sub: bot, kind: 'agent' }

export const recorded = (more: Partial<Recorded> = {}): Recorded => ({
  operation: 'orders.refund',
  class: 'act',
  correlation: 'req_1',
  remote: '127.0.0.1',
  principal: userThroughAgent,
  questions: [{ action: 'refund', resource: 'order:42', context: { amount: 124_000, currency: 'EUR' } }],
  ...more,
})

export const ended = (more: Partial<Ended> = {}): Ended => ({
  ...recorded(),
  outcome: 'done',
  reasons: [],
  facts: { records: 1 },
  ...more,
})
