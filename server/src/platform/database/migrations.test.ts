// Migrations are applied once, in order, all or nothing, and never changed afterwards.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { migrate, readMigrations } from './migrations.ts'
import { eachDatabase, type TestDatabase, testDatabase } from './test-database.ts'

eachDatabase('migrations', (kind) => {
  let ground: TestDatabase
  let folder: string
  beforeEach(async () => {
    ground = await testDatabase({ kind })
    folder = await mkdtemp(join(tmpdir(), 'mandate-migrations-'))
  })
  afterEach(async () => {
    await ground.close()
    await rm(folder, { recursive: true })
  })

  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  const read = () => readMigrations([{ room: 'shop', folder: pathToFileURL(`${folder}/`) }])
  const tables = async () => {
    const { rows } = await ground.database.connected((c) =>
      c.query(`select tablename from pg_tables where schemaname = 'public' order by 1`),
    )
    return rows.map(({ tablename }) => tablename)
  }

  it('are applied once, in order of their names, and only what is missing', async () => {
    await write('0002-more.sql', 'alter table orders add column total bigint;')
    await write('0001-orders.sql', 'create table orders (id text); create index on orders (id);')
    await write('notes.txt', 'not a migration')
    assert.deepEqual(await migrate(ground.database, read()), ['shop/0001-orders.sql', 'shop/0002-more.sql'])
    assert.deepEqual(await migrate(ground.database, read()), [])
    await write('0003-lines.sql', 'create table lines (id text);')
    assert.deepEqual(await migrate(ground.database, read()), ['shop/0003-lines.sql'])
    assert.deepEqual(await tables(), ['lines', 'migrations', 'orders'])
  })

  it('are refused when one was changed after it was applied, and then nothing else is applied', async () => {
    await write('0001-orders.sql', 'create table orders (id text);')
    await migrate(ground.database, read())
    await write('0000-early.sql', 'create table early (id text);')
    await write('0001-orders.sql', 'create table orders (id text, total bigint);')
    await assert.rejects(migrate(ground.database, read()), /shop\/0001-orders\.sql was changed after it was applied/)
    assert.deepEqual(await tables(), ['migrations', 'orders'])
  })

  it('leave nothing behind when one of them fails', async () => {
    await write('0001-orders.sql', 'create table orders (id text);')
    await write('0002-broken.sql', 'create table half (id text); alter table nowhere add column x text;')
    await assert.rejects(migrate(ground.database, read()), { code: '42P01' })
    assert.deepEqual(await tables(), [])
    await write('0002-broken.sql', 'create table whole (id text);')
    assert.equal((await migrate(ground.database, read())).length, 2)
  })

  it('of a later release do not stop this one', async () => {
    await write('0001-orders.sql', 'create table orders (id text);')
    await write('0002-later.sql', 'create table later (id text);')
    const [first, second] = read()
    assert.ok(first && second)
    await migrate(ground.database, [first, second])
    assert.deepEqual(await migrate(ground.database, [first]), [])
  })
})
