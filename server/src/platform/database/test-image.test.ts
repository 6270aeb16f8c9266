// A test's database begins as a copy: of its own migrations, made once, and shared by nothing that is written later.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { appendChanges } from '../changes/log.ts'
import type { Migration } from './migrations.ts'
import { openPglite } from './pglite.ts'
import { embeddedDatabase } from './test-embedded.ts'
import { imageOf } from './test-image.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-images-'))
})
after(() => rm(folder, { recursive: true }))

const orders: Migration = {
  room: 'shop',
  name: '0001-orders.sql',
  text: 'create table orders (id text)',
  checksum: 'a',
}

it('is made once for the same migrations, and anew when one of them changes', async () => {
  const unused = join(folder, 'of-last-week.tar')
  await writeFile(unused, '')
  await utimes(unused, 0, 0)
  await imageOf([orders], folder)
  const made = await readdir(folder)
  assert.equal(made.length, 2, 'one with nothing, one with the orders, and the unused one is gone')
  const times = () => Promise.all(made.map(async (name) => (await stat(join(folder, name))).ino))
  const before = await times()
  const image = await imageOf([orders], folder)
  assert.deepEqual(await times(), before)
  await imageOf([{ ...orders, checksum: 'b' }], folder)
  assert.equal((await readdir(folder)).length, 3)

  const open = () => openPglite({ append: appendChanges, image })
  const [one, other] = [await open(), await open()]
  await one.connected((connection) => connection.query(`insert into orders values ('o1')`))
  const count = await other.connected((connection) => connection.query('select count(*) as n from orders'))
  assert.deepEqual(count.rows, [{ n: 0 }])
  await Promise.all([one.close(), other.close()])
})

it('holds no table when no migration is asked for', async () => {
  const database = await embeddedDatabase()
  const tables = `select count(*) as n from pg_tables where schemaname = 'public'`
  assert.deepEqual((await database.connected((connection) => connection.query(tables))).rows, [{ n: 0 }])
  await database.close()
})
