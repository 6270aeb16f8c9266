// PostgreSQL through a pool of `pg` connections, for one or many replicas.
import pg from 'pg'
import type { Connection, Database } from './database.ts'
import { type Listening, listenOn } from './postgres-listen.ts'
import {
  type Acquire,
  type AppendChanges,
  insideTransaction,
  inTransaction,
  outsideTransaction,
} from './transactions.ts'

const INT8 = 20
const INT8_ARRAY = 1016

// Positions and counts stay below 2^53; strings would make every room convert.
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8) return Number
    if (oid === INT8_ARRAY) return int8Array
    return pg.types.getTypeParser(oid, format as 'text')
  },
}

const int8Array = (text: string): (number | null)[] =>
  text
    .slice(1, -1)
    .split(',')
    .filter(Boolean)
    .map((item) => (item === 'NULL' ? null : Number(item)))

// A replica that hangs while it holds the log's lock must not stall everyone's revocations: the server cuts it off.
const guards = '-c statement_timeout=15s -c lock_timeout=10s -c idle_in_transaction_session_timeout=5s -c timezone=UTC'

// Longer than the server's own limits: what is still unanswered then is a network that swallows packets.
const ANSWER_WITHIN_MS = 20_000

export interface PostgresOptions {
  url: string
  append: AppendChanges
  /** Connections in the pool. */
  connections?: number
  /** Told of connections that break; never given the URL. */
  onError: (error: Error) => void
}

export async function openPostgres({ url, append, connections = 12, onError }: PostgresOptions): Promise<Database> {
  const settings: pg.PoolConfig = {
    connectionString: url,
    types: types as pg.CustomTypesConfig,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    options: guards,
    application_name: 'mandate',
  }
  const pool = new pg.Pool({ ...settings, max: connections })
  // One connection that no work can take.
  const own = new pg.Pool({ ...settings, max: 1 })
  for (const each of [pool, own]) {
    each.on('error', onError)
    // Whoever takes a new connection listens a moment later, and its last words may come in the same breath as its
    // first: unheard, they would end the process. Its next statement tells what they were.
    each.on('connect', (client) => client.on('error', () => {}))
  }
  const acquire = acquireFrom(pool)
  try {
    await acquire((connection) => connection.query('select 1'))
  } catch (error) {
    await pool.end()
    throw error
  }
  const listeners = new Set<Listening>()
  return {
    kind: 'shared',
    transaction: (work) => inTransaction(acquire, append, 'read committed', work),
    snapshot: (work) => inTransaction(acquire, append, 'repeatable read, read only', work),
    connected: outsideTransaction(acquire),
    heartbeat: outsideTransaction(acquireFrom(own)),
    insideTransaction,
    async listen(channel, listener) {
      listeners.add(await listenOn({ url, channel, listener, onError }))
    },
    async close() {
      for (const listening of listeners) await listening.stop()
      await Promise.all([pool.end(), own.end()])
    },
  }
}

const acquireFrom =
  (pool: pg.Pool): Acquire =>
  async (work, answerWithinMs = ANSWER_WITHIN_MS) => {
    const client = await pool.connect()
    let broken: Error | undefined
    const onBroken = (error: Error) => {
      broken ??= error
    }
    client.on('error', onBroken)
    const run = async (text: string, values?: readonly unknown[]): Promise<pg.QueryResult> => {
      if (broken) throw broken
      const query = { text, values: values as unknown[], query_timeout: answerWithinMs }
      try {
        return await client.query(query)
      } catch (error) {
        // Anything but an answer of the server, and its last words: the connection must not go back to the pool.
        if (!(error instanceof pg.DatabaseError) || error.severity === 'FATAL') onBroken(error as Error)
        throw error
      }
    }
    try {
      return await work(connectionOf(run))
    } finally {
      client.off('error', onBroken)
      client.release(broken)
    }
  }

const connectionOf = (run: (text: string, values?: readonly unknown[]) => Promise<pg.QueryResult>): Connection => ({
  async query(text, values) {
    const { rows, rowCount } = await run(text, values)
    return { rows, affected: rowCount ?? 0 }
  },
  // `pg` answers several statements with an array of results, which its types do not say.
  script: async (text) => [(await run(text)) as pg.QueryResult | pg.QueryResult[]].flat().flatMap(({ rows }) => rows),
})
