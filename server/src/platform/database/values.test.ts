// Values come back from either database as they went in, and as the other one gives them.
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { sql } from 'kysely'
import { eachDatabase, type TestDatabase, testDatabase } from './test-database.ts'

const COLUMNS = {
  big: 'bigint',
  bigs: 'bigint[]',
  small: 'int',
  json: 'jsonb',
  at: 'timestamptz',
  bytes: 'bytea',
  words: 'text[]',
  word: 'text',
  yes: 'boolean',
  ratio: 'double precision',
  amount: 'numeric',
  id: 'uuid',
}
type Row = Partial<Record<keyof typeof COLUMNS, unknown>>

const hard = 'quote \' double " backslash \\ comma , brace {} newline \n emoji 🔑 null NULL'
const cases: Record<string, { given: Row; back?: Row }> = {
  'whole numbers up to 2^53': { given: { big: Number.MAX_SAFE_INTEGER, small: -1 } },
  'negative whole numbers': { given: { big: -Number.MAX_SAFE_INTEGER } },
  'arrays of whole numbers': { given: { bigs: [0, -5, 9_007_199_254_740_991, null] } },
  'empty arrays': { given: { bigs: [], words: [] } },
  'objects as jsonb': { given: { json: { a: [1, { b: null }], c: hard, d: true } } },
  'arrays as jsonb, given as text': {
    given: { json: JSON.stringify([{ a: 1 }, 'x']) },
    back: { json: [{ a: 1 }, 'x'] },
  },
  'a bare string as jsonb, given as text': { given: { json: JSON.stringify(hard) }, back: { json: hard } },
  'instants to the millisecond': { given: { at: new Date('2026-02-28T23:59:59.987Z') } },
  'instants given as text with an offset': {
    given: { at: '2026-03-01 02:00:00.5+02:00' },
    back: { at: new Date('2026-03-01T00:00:00.500Z') },
  },
  'all bytes': { given: { bytes: Buffer.from(Array.from({ length: 256 }, (_, n) => n)) } },
  'no bytes at all': { given: { bytes: Buffer.alloc(0) } },
  'bytes given as a plain array of bytes': {
    given: { bytes: new Uint8Array([1, 2, 3]) },
    back: { bytes: Buffer.from([1, 2, 3]) },
  },
  'texts in arrays, awkward ones': { given: { words: [hard, '', 'NULL', null, '{}', ' '] } },
  'texts, awkward ones': { given: { word: hard } },
  'booleans and fractions': { given: { yes: false, ratio: 0.1 } },
  'amounts as text, so that none is rounded': { given: { amount: '12345678901234567890.01' } },
  uuids: { given: { id: '0197f2a0-0000-7000-8000-000000000001' } },
  'null everywhere': { given: Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, null])) },
}

eachDatabase('values', (kind) => {
  let ground: TestDatabase
  before(async () => {
    ground = await testDatabase({ kind })
    const columns = Object.entries(COLUMNS).map(([name, type]) => `"${name}" ${type}`)
    await ground.database.connected((c) => c.script(`create table things (${columns})`))
  })
  after(() => ground.close())

  for (const [name, { given, back = given }] of Object.entries(cases))
    it(`come back equal: ${name}`, async () => {
      const row = await ground.database.transaction((tx) =>
        tx
          .sql<{ things: Row }>()
          .insertInto('things')
          .values(given as never)
          .returning(Object.keys(given) as never)
          .executeTakeFirst(),
      )
      assert.deepStrictEqual({ ...(row as object) }, back)
    })

  it('take an undefined parameter for null', async () => {
    const { rows } = await ground.database.connected((c) => c.query('select $1::text as nothing', [undefined]))
    assert.deepEqual(rows, [{ nothing: null }])
  })

  it('count the rows a statement changed, with and without returning', async () => {
    const counts = await ground.database.transaction(async (tx) => {
      const things = tx.sql<{ things: { small: number } }>()
      await things.deleteFrom('things').execute()
      const inserted = await things
        .insertInto('things')
        .values([{ small: 1 }, { small: 2 }, { small: 3 }])
        .execute()
      const updated = await things.updateTable('things').set({ small: 9 }).where('small', '>', 1).execute()
      const none = await things.updateTable('things').set({ small: 9 }).where('small', '=', 77).execute()
      const returned = await sql`delete from things where small = 9 returning small`.execute(tx.sql())
      const deleted = await things.deleteFrom('things').execute()
      return [
        inserted[0]?.numInsertedOrUpdatedRows,
        updated[0]?.numUpdatedRows,
        none[0]?.numUpdatedRows,
        returned.numAffectedRows,
        deleted[0]?.numDeletedRows,
      ]
    })
    assert.deepEqual(counts, [3n, 2n, 0n, 2n, 1n])
  })

  it('tell instants apart that lie around a change of clocks', async () => {
    const { rows } = await ground.database.connected((c) =>
      c.query('select $1::timestamptz as a, current_setting($2) as zone', [
        new Date('2026-10-25T01:30:00Z'),
        'timezone',
      ]),
    )
    assert.deepEqual(rows, [{ a: new Date('2026-10-25T01:30:00Z'), zone: 'UTC' }])
  })

  it('return the rows of every statement of a script', async () => {
    const rows = await ground.database.connected((c) =>
      c.script(`begin; select 1::bigint as n; select '\\x0102'::bytea as bytes; commit`),
    )
    assert.deepEqual(rows, [{ n: 1 }, { bytes: Buffer.from([1, 2]) }])
  })
})
