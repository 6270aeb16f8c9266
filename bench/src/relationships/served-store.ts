// A house whose store holds a world: the rows are put straight into the database before it starts, and its start is timed.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@mandate/server/config.ts'
import { appendChanges } from '@mandate/server/platform/changes/log.ts'
import { openDatabase } from '@mandate/server/platform/database/index.ts'
import { freePort, type Place } from '../databases.ts'
import { type ServedProgram, serve } from '../served.ts'
import { token } from '../shop/sign-in.ts'
import { openWire, post } from '../wire.ts'
import type { World } from './world.ts'

const ROWS = 10_000
const STATEMENT_MS = 600_000

export interface Start {
  /** Milliseconds from the start of the process to listening, and on to the first answer from the store. */
  listening: number
  answered: number
  resident: number
  peak: number
}

export interface ServedStore {
  world: World
  house: ServedProgram
  url: string
  headers: Readonly<Record<string, string>>
  /** Path of an operation on the store. */
  path(operation: string): string
  /** The start with nothing in the store, and with everything. */
  starts: { empty: Start; full: Start }
  /** A further process on the same database, which must be PostgreSQL. */
  replica(): Promise<{ house: ServedProgram; url: string }>
  close(): Promise<void>
}

/** `execArgv`: flags of the process that holds the full store, such as a profiler's. */
export async function serveStore(place: Place, world: World, execArgv: string[] = []): Promise<ServedStore> {
  const bootstrap = { id: 'first-machine', secret: randomBytes(24).toString('base64url') }
  const folder = place.name === 'embedded' ? await mkdtemp(join(tmpdir(), 'mandate-bench-')) : undefined
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const settings: Partial<Config> = {
    ...{ ...place.settings, port, issuer, ...(folder !== undefined && { data_dir: folder }) },
    ...{ bootstrap_client_id: bootstrap.id, bootstrap_client_secret: bootstrap.secret },
    // A neighbour who takes the processor for a second is no reason to grant nothing here.
    max_staleness: 60_000,
  }
  const url = `http://127.0.0.1:${port}`

  const first = await serve('mandate', settings)
  const form = { grant_type: 'client_credentials', resource: `${issuer}/fga`, scope: 'admin' }
  const authorized = async () => ({
    authorization: `Bearer ${(await token(issuer, bootstrap, form)).access_token}`,
  })
  const headers = await authorized()
  const store = await openStore(`${issuer}/fga`, headers, world)
  await first.stop()
  const path = (operation: string) => `/fga/stores/${store}/${operation}`
  const question = post(`${url}${path('check')}`, { tuple_key: world.tuples.at(0) }, headers)

  const empty = await timedStart({ settings, url, question })
  await empty.house.stop()
  await insertRows(settings, store, world)
  const full = await timedStart({ settings, url, question, execArgv })
  return {
    // BulkLoad may have taken most of the first token's life.
    ...{ world, house: full.house, url, path, headers: await authorized() },
    starts: { empty: empty.start, full: full.start },
    async replica() {
      const own = await freePort()
      const house = await serve('mandate', { ...settings, port: own })
      return { house, url: `http://127.0.0.1:${own}` }
    },
    async close() {
      await full.house.stop()
      if (folder !== undefined) await rm(folder, { recursive: true })
    },
  }
}

async function openStore(base: string, headers: Record<string, string>, world: World): Promise<string> {
  const must = async (path: string, body: object) => {
    const reply = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await reply.text()
    assert.equal(reply.status, 201, text)
    return JSON.parse(text) as { id: string }
  }
  const { id } = await must('/stores', { name: world.name })
  await must(`/stores/${id}/authorization-models`, world.body)
  return id
}

interface Starting {
  settings: Partial<Config>
  url: string
  question: Buffer
  execArgv?: string[]
}

async function timedStart({
  settings,
  url,
  question,
  execArgv,
}: Starting): Promise<{ house: ServedProgram; start: Start }> {
  const startedAt = performance.now()
  const house = await serve('mandate', settings, { execArgv })
  const listening = performance.now() - startedAt
  const wire = await openWire(url)
  const { status, body } = await wire.ask(question)
  const answered = performance.now() - startedAt
  wire.close()
  assert.equal(status, 200, body)
  const start: Start = { listening, answered, ...(await house.memory()) }
  return { house, start }
}

async function insertRows({ database_url, data_dir }: Partial<Config>, store: string, world: World): Promise<void> {
  const onError = (error: Error) => console.error(error.message)
  const database = await openDatabase({ url: database_url, dataDir: data_dir, append: appendChanges, onError })
  try {
    await database.connected(async (connection) => {
      // The index is made at the end, and the store is known to be there: a million rows one by one would take minutes.
      await connection.script(
        'set statement_timeout = 0; set session_replication_role = replica; drop index fga_tuples_user',
      )
      for (const rows of world.tuples.blocks(ROWS))
        await connection.query(
          `insert into fga_tuples (store_id, object, relation, "user")
           select $1, object, relation, "user" from unnest($2::text[], $3::text[], $4::text[]) as given (object, relation, "user")`,
          [store, rows.map(({ object }) => object), rows.map(({ relation }) => relation), rows.map(({ user }) => user)],
        )
      await connection.script(
        'create index fga_tuples_user on fga_tuples (store_id, "user"); set session_replication_role = origin; analyze fga_tuples',
      )
    }, STATEMENT_MS)
  } finally {
    await database.close()
  }
}
