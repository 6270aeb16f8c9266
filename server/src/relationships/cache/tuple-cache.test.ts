// What is in memory and what gives way: only what is asked about, whole types, the least recently asked first.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Database } from '../../platform/database/index.ts'
import { CHANGE_LOG, type TestDatabase, testDatabase } from '../../platform/database/test-database.ts'
import { migrationsOf } from '../../platform/stored-data.ts'
import { relationshipsRoom } from '../index.ts'
import { nameOf } from '../models/tuple-rules.ts'
import { visibleRecords } from '../questions/record-visibility.ts'
import { askingIn, change, freshStore } from '../testing/memory.ts'
import { any, computed, from, model, self, type } from '../testing/models.ts'
import { followOn, type ReplicaGiven } from '../testing/server.ts'

let compiled: TestDatabase
let database: Database
const cleanUp: (() => Promise<unknown>)[] = []
before(async () => {
  compiled = await testDatabase({ kind: 'embedded', migrations: [CHANGE_LOG, ...migrationsOf([relationshipsRoom])] })
  database = compiled.database
})
after(async () => {
  for (const clean of cleanUp.reverse()) await clean()
  await compiled?.close()
})

/** Types whose names begin alike; documents hang on folders and groups, the others on nothing. */
const body = model(
  type('user'),
  type('group', { member: [self, 'user', 'group#member'] }),
  type('folder', { viewer: [self, 'user', 'group#member'] }),
  type('doc', { viewer: [self, 'user'], owner: [self, 'user'] }),
  type('doc-a', { viewer: [self, 'user'] }),
  type('document', { parent: [self, 'folder'], viewer: [any(self, from('viewer', 'parent')), 'user'] }),
  type('documents', { viewer: [self, 'user'], reader: [computed('viewer')] }),
)
const TYPES = ['group', 'folder', 'doc', 'doc-a', 'document', 'documents'] as const
const many = (of: string, count: number, relation = of === 'group' ? 'member' : 'viewer') =>
  Array.from({ length: count }, (_, n) => `${of}:${n}#${relation}@user:${n % 7}`)

async function replica(given: ReplicaGiven = {}) {
  const made = followOn(database, { atOnce: 50, ...given })
  await made.tail.start()
  cleanUp.push(
    () => made.tail.stop(),
    () => made.relationships.stop(),
  )
  const of = (store: string) => {
    const kept = made.relationships.store(store)
    assert.ok(kept)
    return kept.tuples
  }
  const counted = async (name: string): Promise<number> => {
    const { body } = await made.metrics.expose()
    const line = body.split('\n').find((each) => each.startsWith(`mandate_${name} `))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  return { ...made, of, counted }
}

test('of a store that does not fit, a question brings in the types it can touch and no others', async () => {
  const store = await freshStore(database, body, [
    ...TYPES.flatMap((each) => many(each, 130)),
    'document:0#parent@folder:0',
    'folder:0#viewer@group:0#member',
  ])
  const one = await replica({ limit: 1 })
  const { check } = askingIn(one.memory, store)
  for (const [question, wanted, types] of [
    ['doc:1#viewer@user:1', true, ['doc']],
    ['doc-a:1#viewer@user:1', true, ['doc-a']],
    ['documents:1#reader@user:1', true, ['documents']],
    ['group:1#member@user:1', true, ['group']],
    ['folder:0#viewer@user:0', true, ['folder', 'group']],
    ['document:0#viewer@user:0', true, ['document', 'folder', 'group']],
    ['document:9#viewer@user:1', false, ['document', 'folder', 'group']],
  ] as const) {
    assert.equal(await check(question), wanted, question)
    const tuples = one.of(store)
    assert.deepEqual([...(tuples.types ?? [])].sort(), types)
    const rows = TYPES.flatMap((each) => many(each, 130)).filter((name) => types.includes(name.split(':')[0] as never))
    assert.equal(
      tuples.size,
      rows.length + Number(types.includes('document' as never)) + Number(types.includes('folder' as never)),
      question,
    )
  }
})

test('changes to types that are not in memory stay out of it, and are there when the type comes', async () => {
  const store = await freshStore(database, body, [...many('doc', 20), ...many('group', 20)])
  const one = await replica({ limit: 1 })
  const { check } = askingIn(one.memory, store)
  assert.equal(await check('doc:1#viewer@user:1'), true)
  const position = await change(database, store, {
    writes: ['group:1#member@user:9', 'doc:1#viewer@user:9'],
    deletes: ['group:2#member@user:2'],
  })
  assert.equal(await check('doc:1#viewer@user:9', { at_least: position }), true)
  assert.deepEqual([...(one.of(store).types ?? [])], ['doc'])
  assert.equal(
    one
      .of(store)
      .all()
      .some(({ object }) => object.startsWith('group')),
    false,
  )
  assert.equal(await check('group:1#member@user:9'), true)
  assert.equal(await check('group:2#member@user:2'), false)
})

test('types asked about lately stay as long as they fit, and come along from memory', async () => {
  const store = await freshStore(
    database,
    body,
    TYPES.flatMap((each) => many(each, 200)),
  )
  const reads: string[] = []
  const reading = (): Pick<Database, 'transaction'> => ({
    transaction(work) {
      reads.push('')
      return database.transaction(work)
    },
  })
  // By count, 200 tuples are 12,000 bytes, and empty tables 8,000: three types fit and four do not.
  const one = await replica({ limit: 50_000, reading, atOnce: 1000 })
  const { check } = askingIn(one.memory, store)
  for (const each of ['doc', 'doc-a', 'documents']) assert.equal(await check(`${each}:1#viewer@user:1`), true)
  assert.deepEqual([...(one.of(store).types ?? [])].sort(), ['doc', 'doc-a', 'documents'])
  assert.equal(reads.length, 6, 'each type was read once, and where the log ended then')
  assert.equal(await check('doc:1#viewer@user:2'), false)
  assert.equal(await check('group:1#member@user:1'), true)
  assert.deepEqual([...(one.of(store).types ?? [])].sort(), ['doc', 'documents', 'group'])
  assert.equal(reads.length, 8)
  assert.equal(await check('doc:1#viewer@user:1'), true)
})

test('stores asked about least recently give way first', async () => {
  const stores: string[] = []
  for (let n = 0; n < 4; n++) stores.push(await freshStore(database, body, many('doc', 300)))
  const one = await replica({ limit: 50_000 })
  const ask = async (nth: number) => {
    assert.equal(await askingIn(one.memory, stores[nth] ?? '').check('doc:1#viewer@user:1'), true)
    await one.relationships.idle()
    return stores.map((store) => one.of(store).holding).map((held) => held !== 'nothing')
  }
  assert.deepEqual(await ask(0), [true, false, false, false])
  assert.deepEqual(await ask(1), [true, true, false, false])
  await ask(0)
  assert.deepEqual(await ask(2), [true, false, true, false])
  assert.deepEqual(await ask(3), [false, false, true, true])
  assert.ok(one.relationships.bytes <= 50_000, `${one.relationships.bytes}`)
  assert.equal(await one.counted('relationship_evictions_total{what="store"}'), 2)
  assert.equal(await one.counted('relationship_loads_above_limit_total'), 0)
  assert.equal(await one.counted('relationship_stores{holding="everything"}'), 2)
})

test('a question that needs more than the limit gets it, and is counted', async () => {
  const store = await freshStore(database, body, [...many('folder', 300), ...many('group', 300), ...many('doc', 10)])
  const one = await replica({ limit: 20_000 })
  const { check } = askingIn(one.memory, store)
  assert.equal(await check('folder:1#viewer@user:1'), true)
  await one.relationships.idle()
  assert.deepEqual([...(one.of(store).types ?? [])].sort(), ['folder', 'group'])
  assert.equal(await one.counted('relationship_loads_above_limit_total'), 1)
  assert.equal(await one.counted('relationship_loads_total{outcome="done"}'), 1)
  // It stays until something else needs the room.
  assert.equal(await check('folder:2#viewer@user:2'), true)
  assert.equal(await one.counted('relationship_loads_total{outcome="done"}'), 1)
  assert.equal(await check('doc:2#viewer@user:2'), true)
  assert.deepEqual([...(one.of(store).types ?? [])].sort(), ['doc'])
})

test('a store that grows beyond the limit keeps what was asked about lately', async () => {
  const one = await replica({ limit: 60_000 })
  const store = await freshStore(database, body, many('doc', 100))
  const { check } = askingIn(one.memory, store)
  assert.equal(await check('doc:1#viewer@user:1', { consistency: 'HIGHER_CONSISTENCY' }), true)
  assert.equal(one.of(store).holding, 'everything', 'a store that began here is held from its first tuple on')
  for (let from = 0; from < 1200; from += 100)
    await change(database, store, { writes: many('documents', 1200).slice(from, from + 100) })
  assert.equal(await check('doc:1#viewer@user:1', { consistency: 'HIGHER_CONSISTENCY' }), true)
  await one.relationships.idle()
  assert.deepEqual([...(one.of(store).types ?? [])], ['doc'])
  assert.equal(await one.counted('relationship_evictions_total{what="types"}'), 1)
  assert.ok(one.relationships.bytes <= 60_000)
  assert.equal(await check('documents:1199#viewer@user:2'), true)
  assert.equal(await check('documents:1199#viewer@user:3'), false)
})

test('after a start the records store is warmed first, then what fits, and nothing gives way to it', async () => {
  const [small, records, large] = [
    await freshStore(database, body, many('doc', 30)),
    await freshStore(database, body, many('doc', 700)),
    await freshStore(database, body, many('doc', 3000)),
  ]
  const one = await replica({ limit: 100_000 })
  await one.relationships.warm(records)
  assert.equal(one.of(records).holding, 'everything')
  assert.equal(one.of(large).holding, 'nothing')
  assert.equal(one.of(small).holding, 'everything')
  assert.ok(one.relationships.bytes <= 100_000)
  assert.equal(await one.counted('relationship_evictions_total{what="store"}'), 0)
  const { check } = askingIn(one.memory, large)
  assert.equal(await check('doc:2999#viewer@user:3'), true)
  assert.equal(await check('doc:2999#viewer@user:4'), false)
})

test('whoever filters results waits for what was put out of memory, and sees the same', async () => {
  const [records, other] = [
    await freshStore(database, body, [
      'document:1#parent@folder:1',
      'folder:1#viewer@group:1#member',
      'group:1#member@user:1',
    ]),
    await freshStore(database, body, many('doc', 30)),
  ]
  const one = await replica({ limit: 1 })
  const visible = visibleRecords({ ...one, recordsStore: records })
  for (let round = 0; round < 3; round++) {
    assert.equal(await askingIn(one.memory, other).check('doc:1#viewer@user:1'), true)
    await one.relationships.idle()
    assert.equal(one.of(records).holding, 'nothing')
    const document = { user: 'user:1', relation: 'viewer', type: 'document', ids: ['1', '2'] }
    assert.deepEqual(await visible(document, { ...document, user: 'user:2' }, { ...document, type: 'folder' }), [
      ...[
        [true, false],
        [false, false],
        [true, false],
      ],
    ])
    await change(database, records, { deletes: ['document:1#parent@folder:1'] })
    await askingIn(one.memory, other).check('doc:1#viewer@user:1', { consistency: 'HIGHER_CONSISTENCY' })
    assert.deepEqual(await visible(document), [[false, false]])
    const at_least = await change(database, records, { writes: ['document:1#parent@folder:1'] })
    await askingIn(one.memory, other).check('doc:1#viewer@user:1', { at_least })
  }
})

test('the rows counted are the rows there are', async () => {
  const store = await freshStore(database, body, [...many('doc', 30), ...many('group', 20)])
  await change(database, store, { deletes: [...many('doc', 10), 'doc:999#viewer@user:1'], writes: many('group', 25) })
  await change(database, store, { deletes: ['doc:11#viewer@user:4'], writes: ['doc:11#viewer@user:4'] })
  const { rows } = await database.connected((on) =>
    on.query('select type, tuples::int from fga_tuple_counts where store_id = $1 order by type', [store]),
  )
  assert.deepEqual(rows, [
    { type: 'doc', tuples: 20 },
    { type: 'group', tuples: 25 },
  ])
  const one = await replica()
  await askingIn(one.memory, store).check('doc:1#viewer@user:1')
  assert.equal(new Set(one.of(store).all().map(nameOf)).size, 45)
})
