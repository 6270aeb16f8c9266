import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ulid } from 'ulid'
import type { Relationships, Store } from '../cache/relationships.ts'
import { Tuples } from '../cache/tuples.ts'
import type { Tuple } from '../model.ts'
import { rulesOf } from '../models/tuple-rules.ts'
import { model, self, tuple, type } from '../testing/models.ts'
import { visibleRecords } from './record-visibility.ts'

const body = model(
  type('user'),
  type('group', { member: [self, 'user', 'group#member'] }),
  type('invoice', { viewer: [self, 'user', 'user:*', 'group#member'] }),
)
function holdingTuples(written: Tuple[]): Tuples {
  const tuples = new Tuples(1)
  tuples.load(written)
  return tuples
}
const newest = { id: ulid(), body, ...rulesOf(body) }
const records: Store = {
  id: ulid(),
  name: 'records',
  created_at: new Date(0).toISOString(),
  models: new Map([[newest.id, newest]]),
  newest,
  tuples: holdingTuples(
    [
      'invoice:1#viewer@user:usr_anne',
      'invoice:3#viewer@group:0#member',
      'invoice:4#viewer@user:*',
      ...Array.from({ length: 30 }, (_, n) => `group:${n}#member@group:${n + 1}#member`),
      'group:30#member@user:usr_anne',
    ].map(tuple),
  ),
}
const holding = (...stores: Store[]): Relationships => ({
  ...{ position: 7, size: 0, bytes: 0 },
  stores: () => stores,
  store: (id) => stores.find((store) => store.id === id),
})
const anne = { user: 'user:usr_anne', relation: 'viewer', type: 'invoice' }

test('each record is judged, in the order asked, and each question by itself', async () => {
  const visible = visibleRecords({ relationships: holding(records) })
  assert.deepEqual(await visible({ ...anne, ids: ['4', '2', '1', '1'] }), [[true, false, true, true]])
  assert.deepEqual(await visible({ ...anne, ids: [] }), [[]])
  const bob = { ...anne, user: 'user:usr_bob', ids: ['1', '4'] }
  assert.deepEqual(await visible(bob, { ...anne, ids: ['1'] }, { ...anne, type: 'order', ids: ['1'] }), [
    ...[[false, true], [true], [false]],
  ])
  assert.deepEqual(await visible(), [])
})

test('a record whose judgement would need too many steps is not visible, and the others are still judged', async () => {
  const visible = visibleRecords({ relationships: holding(records) })
  assert.deepEqual(await visible({ ...anne, ids: ['3', '1'] }), [[false, true]])
})

test('an unknown type, relation or user, or an id that is no id, sees nothing', async () => {
  const visible = visibleRecords({ relationships: holding(records) })
  const questions = [
    { ...anne, type: 'order' },
    { ...anne, type: '' },
    { ...anne, type: 'constructor' },
    { ...anne, relation: 'owner' },
    { ...anne, relation: '__proto__' },
    { ...anne, relation: 'viewer@user' },
    { ...anne, user: 'bot:usr_anne' },
    { ...anne, user: 'usr_anne' },
    { ...anne, user: '' },
  ]
  for (const question of questions) assert.deepEqual(await visible({ ...question, ids: ['1', '4'] }), [[false, false]])
  assert.deepEqual(await visible({ ...anne, ids: ['*', '', '4#viewer', '4:4', '4 ', '4\n'] }), [Array(6).fill(false)])
})

test('with no store, no model, or two stores and no setting, nothing is visible', async () => {
  const other = { ...records, id: ulid() }
  const unwritten = { ...records, newest: undefined, models: new Map() }
  for (const relationships of [holding(), holding(unwritten), holding(records, other)])
    assert.deepEqual(await visibleRecords({ relationships })({ ...anne, ids: ['1'] }), [[false]])
})

test('the setting names the store, and a store that is not there is not replaced by another', async () => {
  const other = { ...records, id: ulid(), tuples: new Tuples(1) }
  const asked = (recordsStore: string) =>
    visibleRecords({ relationships: holding(other, records), recordsStore })({ ...anne, ids: ['1'] })
  assert.deepEqual(await asked(records.id), [[true]])
  assert.deepEqual(await asked(other.id), [[false]])
  const missing = visibleRecords({ relationships: holding(records), recordsStore: ulid() })
  assert.deepEqual(await missing({ ...anne, ids: ['1'] }), [[false]])
})
