// Types in the index of a database that compares names as people do: each is one range all the same, read page by page.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type Database, migrate, readMigrations } from '../../platform/database/index.ts'
import { anotherPool, CHANGE_LOG, onServer, serverUrl } from '../../platform/database/test-database.ts'
import { migrationsOf } from '../../platform/stored-data.ts'
import { relationshipsRoom } from '../index.ts'
import { nameOf } from '../models/tuple-rules.ts'
import { readPage } from '../store.ts'
import { askingIn, change, freshStore } from '../testing/memory.ts'
import { model, self, type } from '../testing/models.ts'
import { followOn } from '../testing/server.ts'

const TYPES = ['doc', 'doc-a', 'doc_a', 'Doc', 'document', 'doca', 'dóc', 'do']
const body = model(type('user'), ...TYPES.map((of) => type(of, { viewer: [self, 'user'] })))
const IDS = ['1', '10', '2', 'a', 'B', 'é', '_', '-', 'z']

const name = `mandate_test_${randomBytes(6).toString('hex')}`
let database: Database
let store: string
before(async () => {
  const server = serverUrl()
  await onServer(
    server,
    `create database ${name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US' locale 'C'`,
  )
  const url = new URL(server)
  url.pathname = `/${name}`
  database = await anotherPool(url.href)
  await migrate(database, readMigrations([CHANGE_LOG, ...migrationsOf([relationshipsRoom])]))
  store = await freshStore(database, body)
  for (const of of TYPES) await change(database, store, { writes: IDS.map((id) => `${of}:${id}#viewer@user:anne`) })
})
after(async () => {
  await database?.close()
  await onServer(serverUrl(), `drop database if exists ${name} with (force)`)
})

const rowsOf = async (text: string, values: unknown[] = []) =>
  (await database.connected((on) => on.query(text, values))).rows

test('each type is read whole and alone, however the database compares names', async () => {
  assert.deepEqual(await rowsOf(`select 'doc;' < 'doc:' as odd, 'doc:B' < 'doc:a' as bytewise`), [
    { odd: true, bytewise: false },
  ])
  for (const of of TYPES)
    for (const limit of [1, 2, 100]) {
      const seen: string[] = []
      for (let after: Parameters<typeof readPage>[1]['after']; ; ) {
        const page = await database.transaction((tx) => readPage(tx, { store, type: of, after, limit }))
        seen.push(...page.map(nameOf))
        after = page.at(-1)
        if (page.length < limit) break
      }
      assert.deepEqual(seen.toSorted(), IDS.map((id) => `${of}:${id}#viewer@user:anne`).sort(), `${of} by ${limit}`)
    }
})

test('questions of each type are answered from that type alone', async () => {
  const one = followOn(database, { limit: 1, atOnce: 4 })
  await one.tail.start()
  for (const of of TYPES) {
    const { check } = askingIn(one.memory, store)
    for (const id of IDS) assert.equal(await check(`${of}:${id}#viewer@user:anne`), true)
    assert.equal(await check(`${of}:3#viewer@user:anne`), false)
    assert.deepEqual([...(one.relationships.store(store)?.tuples.types ?? [])], [of])
    assert.equal(one.relationships.size, IDS.length)
  }
  await one.relationships.stop()
  await one.tail.stop()
})

test('a page is found in the index, whatever the planner knows of the table', async () => {
  const keys = 'object, relation, "user"'
  const plan = await database.connected(async (on) => {
    await on.query('begin')
    for (const setting of ['sort', 'bitmapscan', 'seqscan']) await on.query(`set local enable_${setting} = off`)
    const { rows } = await on.query(
      `explain select ${keys}, condition from fga_tuples where store_id = $1 and object >= 'doc:' and object < 'doc;'
         and (${keys}) > ('doc:1', 'viewer', 'user:anne') order by ${keys} limit 100`,
      [store],
    )
    await on.query('rollback')
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  })
  assert.match(plan, /Index Scan using fga_tuples_pkey/)
  assert.match(plan, /Index Cond: .*object >= 'doc:'.*object < 'doc;'/)
  assert.doesNotMatch(plan, /Sort|Filter/)
})
