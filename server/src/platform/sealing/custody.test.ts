// Which master key seals the database: the right one, a wrong one, and the change from one to the next.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { eachDatabase, type TestDatabase, testDatabase } from '../database/test-database.ts'
import { checkCustody, createSealing, localKeys, rewrapAll } from './index.ts'

const MIGRATIONS = [{ room: 'sealing', folder: new URL('./migrations/', import.meta.url) }]
const COLUMN = { table: 'secrets', id: 'name', column: 'sealed' }
const place = (id: string) => ({ table: 'secrets', id, column: 'sealed' })

eachDatabase('custody of the master key', (kind) => {
  let made: TestDatabase
  const [old, next, stranger] = [randomBytes(32), randomBytes(32), randomBytes(32)]
  before(async () => {
    made = await testDatabase({ kind, migrations: MIGRATIONS })
    await made.database.connected((connection) =>
      connection.script('create table secrets (name text primary key, sealed text not null)'),
    )
  })
  after(() => made.close())

  const put = async (name: string, sealed: string) => {
    await made.database.connected((connection) =>
      connection.query(
        'insert into secrets values ($1, $2) on conflict (name) do update set sealed = excluded.sealed',
        [name, sealed],
      ),
    )
  }
  const rows = async () =>
    (await made.database.connected((connection) => connection.query('select name, sealed from secrets order by name')))
      .rows as { name: string; sealed: string }[]

  test('the first key is remembered, and a stranger is refused without being remembered', async () => {
    assert.equal(await checkCustody(made.database, [old]), 'current')
    await assert.rejects(checkCustody(made.database, [stranger]), { name: 'MasterKeyUnusable' })
    assert.equal(await checkCustody(made.database, [old]), 'current')
  })

  test('a next key is accepted while the one before it is there, and only then', async () => {
    assert.equal(await checkCustody(made.database, [next, old]), 'rotating')
    await assert.rejects(checkCustody(made.database, [next]), { name: 'MasterKeyUnusable' })
  })

  test('everything is wrapped anew in batches, nothing changes inside, and afterwards the old key opens nothing', async () => {
    const before = createSealing(localKeys([old]))
    for (let n = 0; n < 450; n++) {
      const name = `s${String(n).padStart(4, '0')}`
      await put(name, await before.seal(`secret ${n}`, place(name)))
    }
    const ring = localKeys([next, old])
    const sealing = createSealing(ring)
    // Sealed by another replica while the re-wrap runs, under the new key already.
    await put('s0000', await sealing.seal('written meanwhile', place('s0000')))
    const count = await rewrapAll(made.database, { sealing, columns: [COLUMN], fingerprint: ring.fingerprint() })
    assert.equal(count, 449)
    assert.equal(await checkCustody(made.database, [next]), 'current')
    const only = createSealing(localKeys([next]))
    for (const { name, sealed } of await rows()) {
      const expected = name === 's0000' ? 'written meanwhile' : `secret ${Number(name.slice(1))}`
      assert.equal((await only.open(sealed, place(name))).toString(), expected)
      await assert.rejects(before.open(sealed, place(name)))
    }
    assert.equal(await rewrapAll(made.database, { sealing, columns: [COLUMN], fingerprint: ring.fingerprint() }), 0)
  })
})
