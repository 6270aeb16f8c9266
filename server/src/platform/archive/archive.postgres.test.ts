// From one database to the other and back; and a shared one that somebody uses is left alone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { appendChanges } from '../changes/index.ts'
import { inWhole, migrate } from '../database/index.ts'
import { anotherPool, type TestDatabase, testDatabase } from '../database/test-database.ts'
import { mustBeUnused } from './index.ts'
import { archived, contents, fill, type Ground, ground, loaded } from './testing.ts'

let given: Ground
let embedded: TestDatabase
let shared: TestDatabase
before(async () => {
  given = await ground()
  embedded = await testDatabase({ kind: 'embedded' })
  shared = await testDatabase({ kind: 'shared' })
})
after(async () => {
  await embedded.close()
  await shared.close()
  await given.remove()
})

test('an archive of the embedded database goes into PostgreSQL, and one of that goes back, and nothing differs', async () => {
  await migrate(embedded.database, given.migrations)
  await fill(embedded.database, given)
  const before = await contents(embedded.database)
  await loaded(shared.database, await archived(embedded.database, given), given)
  assert.deepEqual(await contents(shared.database), before)
  await loaded(embedded.database, await archived(shared.database, given), given, true)
  assert.deepEqual(await contents(embedded.database), before)
})

test('values are written alike, whatever the server is told to prefer', async () => {
  const { database } = shared
  const before = await contents(database)
  await database.connected((connection) =>
    connection.script(`do $$ begin execute format('alter database %I set datestyle = ''SQL, DMY''', current_database());
      execute format('alter database %I set bytea_output = ''escape''', current_database());
      execute format('alter database %I set intervalstyle = ''sql_standard''', current_database()); end $$`),
  )
  const fresh = await anotherPool(shared.url ?? '')
  try {
    await loaded(embedded.database, await archived(fresh, given), given, true)
    assert.deepEqual(await contents(embedded.database), before)
  } finally {
    await fresh.close()
  }
})

test('a database that another mandate is connected to, or held a lease on a moment ago, counts as used', async () => {
  const judge = () =>
    inWhole(shared.database, { mode: 'read committed', append: appendChanges }, ({ connection }) =>
      mustBeUnused(connection),
    )
  await shared.database.connected((connection) => connection.query('delete from replicas'))
  await judge()
  const other = await anotherPool(shared.url ?? '')
  await assert.rejects(judge(), /a mandate server is using this database/)
  await other.close()
  await judge()
  await shared.database.connected((connection) =>
    connection.query(`insert into replicas values ('dead', 1, now() + interval '1 minute')`),
  )
  await assert.rejects(judge(), /a mandate server is using this database/)
})
