// Attempts recorded per second by 256 callers at once: group commit beside one insert per event.
import assert from 'node:assert/strict'
import { attemptEntry } from '@mandate/server/audit/entry.ts'
import { auditRoom } from '@mandate/server/audit/index.ts'
import { createRecorder } from '@mandate/server/audit/recorder.ts'
import { type EventRow, rowOf } from '@mandate/server/audit/row.ts'
import { systemClock } from '@mandate/server/kernel/clock.ts'
import { newId } from '@mandate/server/kernel/ids.ts'
import type { Recorded } from '@mandate/server/pipeline/index.ts'
import { appendChanges } from '@mandate/server/platform/changes/index.ts'
import { type Database, migrate, openDatabase, readMigrations } from '@mandate/server/platform/database/index.ts'
import { migrationsOf } from '@mandate/server/platform/stored-data.ts'
import { redact } from '@mandate/server/platform/telemetry/index.ts'
import { type Place, places } from '../databases.ts'
import { interleaved, of } from '../rounds.ts'
import { type Cell, held, printTable } from '../table.ts'

const PRODUCERS = 256
const EACH = { recorder: 16, inserts: 4 }
const BUDGET = 5

const recorded: Recorded = {
  operation: 'gateway.call-tool',
  class: 'act',
  correlation: 'req_0123456789abcdef01234567',
  remote: '127.0.0.1',
  principal: {
    sub: newId('user'),
    kind: 'user',
    act: [{ sub: newId('agent') }],
    client: newId('agent'),
    session: newId('session'),
    task: newId('task'),
    delegation: newId('delegation'),
    scopes: new Set(['use']),
    authorizationDetails: [],
    audience: 'http://localhost:4000/mcp/orders',
    expiresAt: 0,
    tokenId: 'q3Yg0w9oUUu1c2VJm4nS8w',
  },
  questions: [{ action: 'get_order', resource: newId('connection') }],
}

export async function audit(): Promise<void> {
  for (const place of await places()) {
    const database = await openDatabase({
      url: place.settings.database_url,
      append: appendChanges,
      onError: () => {},
    })
    try {
      await migrate(database, readMigrations([...migrationsOf([auditRoom])]))
      await at(place, database)
    } finally {
      await database.close()
      await place.remove()
    }
  }
}

async function at(place: Place, database: Database): Promise<void> {
  const recorder = createRecorder({
    ...{ database, clock: systemClock, redact, accountable: () => [] },
    onError: (error) => {
      throw error
    },
  })
  const results = await interleaved([
    { name: 'recorder', round: () => perSecond(EACH.recorder, () => recorder.attempt(recorded), database) },
    { name: 'insert per event', round: () => perSecond(EACH.inserts, () => insertOne(database), database) },
  ])
  await recorder.stop()
  const ratio = of(results, 'recorder').median / of(results, 'insert per event').median
  printTable(
    `Audit, ${place.name}: durable events per second, ${PRODUCERS} producers`,
    ['way', 'median', 'least', 'most', 'ratio', 'budget'],
    [...results].map(([name, { median, least, most }]): Cell[] => [
      ...[name, median, least, most],
      ...(name === 'recorder' ? [ratio, held(ratio, { atLeast: BUDGET })] : [1, '']),
    ]),
  )
}

/** Events per second; every producer waits for one before it makes the next, and all must be there afterwards. */
async function perSecond(each: number, write: () => Promise<unknown>, database: Database): Promise<number> {
  const before = await countOf(database)
  const startedAt = performance.now()
  const producer = async () => {
    for (let nth = 0; nth < each; nth++) await write()
  }
  await Promise.all(Array.from({ length: PRODUCERS }, producer))
  const seconds = (performance.now() - startedAt) / 1000
  assert.equal((await countOf(database)) - before, PRODUCERS * each)
  return (PRODUCERS * each) / seconds
}

const countOf = (database: Database): Promise<number> =>
  database.connected(async (connection) => {
    const { rows } = await connection.query('select count(*)::int as count from audit_events')
    return Number(rows[0]?.count)
  })

const COLUMNS = [
  ...['id', 'at', 'entry', 'kind', 'operation', 'sub', 'agents', 'user_id', 'client', 'session', 'task', 'delegation'],
  ...['actions', 'resources', 'outcome', 'approval', 'correlation'],
] as const
const INSERT = `insert into audit_events (${COLUMNS.join()}) values (${COLUMNS.map((_, nth) => `$${nth + 1}`).join()})`

/** The same row, in a statement and a commit of its own. */
async function insertOne(database: Database): Promise<void> {
  const now = Date.now()
  const row = rowOf(redact(attemptEntry({ id: newId('event', now), at: now }, recorded, () => [])) as never)
  const values = COLUMNS.map((name) => listed(row[name as keyof EventRow]))
  await database.connected((connection) => connection.query(INSERT, values))
}

// The embedded database takes lists as text.
const listed = (value: EventRow[keyof EventRow]): unknown =>
  Array.isArray(value) ? `{${value.map((item) => JSON.stringify(item)).join()}}` : value
