// The list of rooms is whole, and a room is served by what its value says alone: the example of docs/adding-a-room.md.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { memoryConfig } from './config.ts'
import { type OpenGround, openGround } from './ground.ts'
import { permit } from './kernel/decision.ts'
import type { Principal } from './kernel/principal.ts'
import { nobody, type OpenRoom, type Ports } from './pipeline/index.ts'
import { readMigrations } from './platform/database/index.ts'
import { migrationsOf } from './platform/stored-data.ts'
import { DATA, ROOMS } from './rooms.ts'
import { serve } from './server.ts'
import { notesRoom } from './testing/notes/room.ts'
import { logoutRoom } from './universal-logout/index.ts'

const SOURCE = fileURLToPath(new URL('./', import.meta.url))

describe('the list of rooms', () => {
  it('has every folder that has a room in it, by its name', () => {
    const folders = readdirSync(SOURCE).filter((name) => existsSync(`${SOURCE}${name}/room.ts`))
    assert.ok(folders.length >= 14)
    assert.deepEqual(
      Object.values(ROOMS)
        .map(({ name }) => name)
        .sort(),
      folders.filter((name) => name !== 'pipeline').sort(),
    )
  })

  it('has the migrations of every folder of migrations', () => {
    const found = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.sql') && !path.startsWith('testing/'))
      .sort()
    const known = DATA.flatMap(({ migrations }) =>
      migrations ? readdirSync(migrations).map((file) => fileURLToPath(new URL(file, migrations))) : [],
    )
    assert.deepEqual(known.map((path) => path.slice(SOURCE.length)).sort(), found)
  })

  it('says of every column of sealed values that it is sealed, so that the next master key reaches it', () => {
    const declared = new Set(DATA.flatMap(({ sealed }) => sealed.map(({ table, column }) => `${table}.${column}`)))
    const named = sealedColumns(readMigrations(migrationsOf(DATA)).map(({ text }) => text))
    assert.ok(named.length >= 5, `found ${named}`)
    for (const column of named) assert.ok(declared.has(column), `${column} stands in no room's list of sealed columns`)
  })

  it('names only tables and columns that its migrations make', () => {
    const text = readMigrations(migrationsOf(DATA))
      .map((migration) => migration.text)
      .join('\n')
    for (const { sealed, transient } of DATA)
      for (const { table } of [...sealed, ...transient]) assert.match(text, new RegExp(`create table ${table}\\b`))
  })
})

// By our convention a column of that name holds a sealed value.
const sealedColumns = (texts: readonly string[]): string[] =>
  texts.flatMap((text) =>
    [...text.matchAll(/create table (\w+) \(([\s\S]*?)\n\);/g)].flatMap(([, table = '', columns = '']) =>
      /^\s+sealed text\b/m.test(columns) ? [`${table}.sealed`] : [],
    ),
  )

const dana: Principal = { ...nobody, sub: 'usr_dana', kind: 'user' }

describe('the room of the example', () => {
  let opened: OpenGround
  let server: Awaited<ReturnType<typeof serve>>
  let url: string
  let asked = 0
  before(async () => {
    const config = memoryConfig({ host: '127.0.0.1' })
    opened = await openGround(config, [...DATA, notesRoom])
    const notes = await notesRoom.open(opened.ground, {})
    const logout = await logoutRoom.open(opened.ground, { holders: () => rooms.flatMap(({ holds }) => holds ?? []) })
    const counted: OpenRoom = {
      ...notes,
      routes() {
        asked += 1
        return notes.routes()
      },
    }
    const rooms: OpenRoom[] = [counted, logout]
    server = await serve({ config, opened, rooms, ports: portsOf(opened), setupLink: async () => undefined })
    url = await server.listen()
  })
  after(() => server.stop())

  const call = (method: string, path: string, body?: object) =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })

  it('answers on the routes of its table, which the OpenAPI document has', async () => {
    assert.equal((await call('GET', '/note')).status, 404)
    assert.equal((await call('PUT', '/note', { text: 'remember the milk' })).status, 204)
    assert.deepEqual(await (await call('GET', '/note')).json(), { text: 'remember the milk' })
    const { paths } = server.openapi as { paths: Record<string, object> }
    assert.ok(paths['/api/v1/note'])
  })

  it('is asked once for its routes: an operation may keep something of its own', () => assert.equal(asked, 1))

  it('keeps what it seals unreadable in the database', async () => {
    const { rows } = await opened.ground.database.connected((connection) => connection.query('select * from notes'))
    assert.equal(rows.length, 1)
    assert.doesNotMatch(JSON.stringify(rows), /milk/)
  })

  it('is asked by universal logout for what it holds of a person', async () => {
    const answer = await call('POST', '/universal-logout', {
      subject: { type: 'user', id: 'usr_dana' },
      reason: 'lost phone',
    })
    const { targets } = (await answer.json()) as { targets: { system: string; count: number }[] }
    assert.deepEqual(
      targets.filter(({ system }) => system === 'notes').map(({ count }) => count),
      [1],
    )
    assert.equal((await call('GET', '/note')).status, 404)
  })
})

function portsOf({ ground, tail }: OpenGround): Ports {
  return {
    authenticate: () => dana,
    decide: () => permit,
    record: { attempt: async () => 'evt_1', outcome: async () => {}, after: () => {}, refused: () => {} },
    transaction: ground.database.transaction,
    reached: (position) => tail.reached(position),
    span: (_, work) => work(),
    counted: () => {},
    now: ground.now,
    elapsed: ground.elapsed,
  }
}
