// Sets of ids before a search: complete or refused, and never a filter that lets everything through.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutFields } from './fields.ts'
import { metadataFilters, searchEach } from './metadata-filter.ts'
import { idCondition, nearest } from './sql.ts'
import { dana, eve, fakeEngine } from './testing/engine.ts'
import { visibleIds } from './visible-ids.ts'

const asked = { principal: dana, type: 'doc', relation: 'viewer' }

test('pages are followed to the end, and more than the bound is refused rather than cut', async () => {
  await using fake = await fakeEngine()
  for (let at = 0; at < 25; at++) fake.allowed.add(`user:usr_dana viewer doc:${at}`)
  fake.pageSize = 10
  const { ids, returned } = await visibleIds(fake.engine, asked)
  assert.deepEqual([ids.length, returned, fake.asked.length], [25, 25, 3])
  assert.deepEqual(
    fake.asked.map(({ headers }) => headers['x-mandate-at-least']),
    [undefined, '1', '2'],
  )
  assert.equal((await visibleIds(fake.engine, { ...asked, most: 25 })).ids.length, 25)
  await assert.rejects(visibleIds(fake.engine, { ...asked, most: 24 }), { code: 'too_many' })
})

test('a list that never ends, or that is of something else, is refused', async () => {
  await using fake = await fakeEngine()
  for (const body of [
    { objects: ['doc:1'], continuation_token: 'again' },
    { objects: [], continuation_token: 'again' },
    { objects: ['other:1'] },
    { objects: [1] },
    { objects: 'doc:1' },
    {},
  ]) {
    fake.instead = () => ({ body })
    await assert.rejects(visibleIds(fake.engine, asked), { code: 'engine_failed' })
  }
})

test('for an audience it is what all of them may see, with the rest counted', async () => {
  await using fake = await fakeEngine()
  for (const id of ['1', '2', '3']) fake.allowed.add(`user:usr_dana viewer doc:${id}`)
  for (const id of ['2', '4']) fake.allowed.add(`user:usr_eve viewer doc:${id}`)
  const observed: unknown[] = []
  const got = await visibleIds(fake.engine, { ...asked, audience: [eve], observe: (metrics) => observed.push(metrics) })
  assert.deepEqual([got.ids, got.asked, got.returned, got.withheld], [['2'], 3, 1, 2])
  assert.equal(observed.length, 1)
})

test('no ids make no filter, hence no search', async () => {
  assert.deepEqual(metadataFilters([], { field: 'doc' }), [])
  const searched: unknown[] = []
  const search = async (filter: unknown) => {
    searched.push(filter)
    return []
  }
  assert.deepEqual(await searchEach([], { search, k: 5, idOf: String, scoreOf: () => 0, best: 'lowest' }), [])
  assert.equal(searched.length, 0)
  assert.deepEqual(idCondition({ ids: [], column: 'id' }).values, [[]])
})

test('many ids are searched in pieces and the best of all are kept', async () => {
  const ids = Array.from({ length: 1001 }, (_, at) => String(at))
  const filters = metadataFilters([...ids, ...ids], { field: 'doc' })
  assert.deepEqual(
    filters.map(({ doc }) => doc?.$in.length),
    [500, 500, 1],
  )
  const search = async (filter: (typeof filters)[number]) => (filter.doc?.$in ?? []).map(Number)
  const best = (side: 'lowest' | 'highest') =>
    searchEach(filters, { search, k: 3, idOf: String, scoreOf: (one) => one, best: side })
  assert.deepEqual(await best('lowest'), [0, 1, 2])
  assert.deepEqual(await best('highest'), [1000, 999, 998])
})

test('names in SQL that are more than names are refused', () => {
  for (const column of ['id; drop table x', '"id"', 'a.b.c.d', '', 'id--', 'a b', "id'"])
    assert.throws(() => idCondition({ ids: [], column }), { code: 'invalid' })
  const where = idCondition({ ids: ['1'], column: 'c.id' })
  const sql = nearest({ table: 'c', columns: ['c.id'], embedding: 'c.e', vector: [1, 2], where, limit: 3 })
  assert.match(sql.text, /where "c"\."id" = any\(\$1::text\[\]\) order by distance limit \$3 offset \$4/)
  assert.deepEqual(sql.values, [['1'], '[1,2]', 3, 0])
})

test('fields are taken out record by record, for all readers together', async () => {
  await using fake = await fakeEngine()
  for (const user of ['usr_dana', 'usr_eve']) fake.allowed.add(`user:${user} discounter price:1`)
  fake.allowed.add('user:usr_dana discounter price:2')
  const declared = {
    type: 'price',
    fields: {
      executive_discount: { relation: 'discounter', otherwise: 'drop' },
      margin: { relation: 'discounter', otherwise: 'mask' },
    },
  } as const
  const records = ['1', '2', '3'].map((id) => ({ id, list: 9, executive_discount: 4, margin: 2, executiveDiscount: 4 }))
  const given = { records, declared, idOf: ({ id }: { id: string }) => id }
  const alone = await withoutFields(fake.engine, { principal: dana, ...given })
  assert.deepEqual(alone.records, [...records.slice(0, 2), { id: '3', list: 9, margin: '[withheld]' }])
  assert.equal(alone.masked, 3)
  const shared = await withoutFields(fake.engine, { principal: dana, audience: [eve], ...given })
  assert.deepEqual(shared.records[1], { id: '2', list: 9, margin: '[withheld]' })
  fake.instead = () => ({ status: 500, body: {} })
  await assert.rejects(withoutFields(fake.engine, { principal: dana, ...given }), { code: 'engine_failed' })
})

test('fields further down are taken, too, and what is not as declared goes whole', async () => {
  await using fake = await fakeEngine()
  const declared = {
    type: 'price',
    fields: { 'metadata.terms.discount': { relation: 'discounter', otherwise: 'mask' } },
  } as const
  const records = [
    { id: '1', metadata: { list: 9, terms: { discount: 4, days: 30 } } },
    { id: '2', metadata: { list: 9, terms: [{ discount: 4 }] } },
    { id: '3', metadata: { list: 9, Terms: { discount: 4 } } },
    { id: '4', metadata: '{"terms":{"discount":4}}' },
    { id: '5', metadata: null },
    { id: '6' },
  ] as const
  const idOf = ({ id }: { id: string }) => id
  const { records: shown, masked } = await withoutFields(fake.engine, { principal: dana, records, declared, idOf })
  assert.deepEqual(shown, [
    { id: '1', metadata: { list: 9, terms: { discount: '[withheld]', days: 30 } } },
    { id: '2', metadata: { list: 9, terms: '[withheld]' } },
    { id: '3', metadata: { list: 9 } },
    { id: '4', metadata: '[withheld]' },
    { id: '5', metadata: null },
    { id: '6' },
  ])
  assert.equal(masked, 4)
  const unclear = { type: 'price', fields: { 'metadata.': { relation: 'discounter', otherwise: 'mask' } } } as const
  const asking = withoutFields(fake.engine, { principal: dana, records, declared: unclear, idOf })
  await assert.rejects(asking, { code: 'invalid' })
})

test('a vector store that does not do what its filter says is found out', async () => {
  const filters = metadataFilters(['a', 'b'], { field: 'doc' })
  const scored = { k: 5, idOf: ({ doc }: { doc: string }) => doc, scoreOf: () => 0, best: 'lowest' } as const
  const ignoring = async () => [{ doc: 'a' }, { doc: 'secret' }]
  await assert.rejects(searchEach(filters, { ...scored, search: ignoring }), { code: 'invalid' })
  const search = async () => [{ doc: 'a' }]
  assert.equal((await searchEach(filters, { ...scored, search })).length, 1)
  for (const k of [0, -1, Number.NaN])
    await assert.rejects(searchEach(filters, { ...scored, search, k }), { code: 'invalid' })
})

test('a bound that is no number bounds nothing, and is refused', async () => {
  await using fake = await fakeEngine()
  for (const most of [Number.NaN, 0, Number.POSITIVE_INFINITY, '5' as unknown as number])
    await assert.rejects(visibleIds(fake.engine, { ...asked, most }), { code: 'invalid' })
  for (const first of ['1) or true --', 0, 1.5])
    assert.throws(() => idCondition({ ids: [], column: 'id', first: first as number }), { code: 'invalid' })
})
