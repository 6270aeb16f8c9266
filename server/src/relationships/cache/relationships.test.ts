import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulid } from 'ulid'
import type { Transaction } from '../../platform/database/index.ts'
import { nameOf } from '../models/tuple-rules.ts'
import { deleteStore, deleteTuples, insertModel, insertStore, insertTuples, recordWrite } from '../store.ts'
import { model, self, tuple, type } from '../testing/models.ts'
import { openReplica } from '../testing/server.ts'
import type { Relationships } from './relationships.ts'

let replica: Awaited<ReturnType<typeof openReplica>>
before(async () => {
  replica = await openReplica()
})
after(() => replica.close())

const documents = model(type('user'), type('document', { viewer: [self, 'user', 'document#viewer'] }))

/** Runs `work` and returns the position it committed at. */
const commit = (work: (tx: Transaction) => Promise<unknown>): Promise<number> => {
  let position = 0
  return replica.database
    .transaction(async (tx) => {
      tx.committed((at = 0) => {
        position = at
      })
      await work(tx)
    })
    .then(() => position)
}

const writing = (store: string, writes: string[], deletes: string[] = []) =>
  commit(async (tx) =>
    recordWrite(tx, store, {
      deletes: await deleteTuples(tx, store, deletes.map(tuple)),
      writes: await insertTuples(tx, store, writes.map(tuple)),
    }),
  )

const held = (relationships: Relationships) =>
  relationships.stores().map(({ id, name, models, newest, tuples }) => ({
    ...{ id, name, models: [...models.keys()].sort(), newest: newest?.id },
    tuples: tuples.all().map(nameOf).sort(),
  }))

test('a replica that followed every change holds what a fresh one loads', async () => {
  const following = await replica.follow()
  const [kept, gone] = [ulid(1), ulid(2)]
  const [older, newer] = [ulid(1_000), ulid(2_000)]
  await commit((tx) => insertStore(tx, { id: kept, name: 'kept' }))
  await commit((tx) => insertStore(tx, { id: gone, name: 'gone' }))
  await commit((tx) => insertModel(tx, kept, { id: newer, body: documents }))
  await commit((tx) => insertModel(tx, kept, { id: older, body: model(type('user')) }))
  await writing(kept, ['document:1#viewer@user:anne', 'document:1#viewer@user:bob', 'document:2#viewer@user:anne'])
  await writing(kept, ['document:1#viewer@document:2#viewer', 'document:3#viewer@document:2#viewer'])
  await writing(kept, ['document:4#viewer@user:*'], ['document:2#viewer@user:anne', 'document:1#viewer@user:bob'])
  await writing(kept, ['document:1#viewer@user:anne'], ['document:9#viewer@user:nobody'])
  await writing(gone, ['document:1#viewer@user:anne'])
  const position = await commit((tx) => deleteStore(tx, gone))

  assert.equal(await following.tail.reached(position), true)
  const fresh = await replica.follow()
  await fresh.relationships.warm(undefined)
  assert.deepEqual(held(following.relationships), held(fresh.relationships))
  assert.equal(following.relationships.position, position)
  assert.equal(fresh.relationships.position, position)
  const store = fresh.relationships.store(kept)
  assert.equal(store?.newest?.id, newer)
  assert.deepEqual(store?.tuples.all().map(nameOf).sort(), [
    'document:1#viewer@document:2#viewer',
    'document:1#viewer@user:anne',
    'document:3#viewer@document:2#viewer',
    'document:4#viewer@user:*',
  ])
  assert.equal(fresh.relationships.store(gone), undefined)
})

test('deleting a store takes its rows along', async () => {
  const id = ulid()
  await commit((tx) => insertStore(tx, { id, name: 'short-lived' }))
  await commit((tx) => insertModel(tx, id, { id: ulid(), body: documents }))
  await writing(id, ['document:1#viewer@user:anne'])
  await commit((tx) => deleteStore(tx, id))
  const { rows } = await replica.database.connected((connection) =>
    connection.query(
      `select (select count(*) from fga_models where store_id = $1) + (select count(*) from fga_tuples where store_id = $1)
         + (select count(*) from fga_tuple_changes where store_id = $1) as left_over`,
      [id],
    ),
  )
  assert.deepEqual(rows, [{ left_over: 0 }])
})

test('a change to a store that is not held is passed over', async () => {
  const { relationships } = await replica.follow()
  await relationships.warm(undefined)
  const before = held(relationships)
  const tuples = { writes: [tuple('document:1#viewer@user:anne')], deletes: [tuple('document:2#viewer@user:anne')] }
  relationships.apply({ position: 1e6, topic: 'relationships.tuples', key: ulid(), body: tuples })
  relationships.apply({
    position: 1e6,
    topic: 'relationships.model',
    key: ulid(),
    body: { id: ulid(), body: documents },
  })
  assert.deepEqual(held(relationships), before)
})
