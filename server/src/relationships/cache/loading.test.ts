// A load while everything else goes on: writes, deletes, new models, deleted stores, a log loaded anew, a database away.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulid } from 'ulid'
import type { Database, Transaction } from '../../platform/database/index.ts'
import { CHANGE_LOG, eachDatabase, type TestDatabase, testDatabase } from '../../platform/database/test-database.ts'
import { behindDoor, type Door } from '../../platform/database/test-doors.ts'
import { migrationsOf } from '../../platform/stored-data.ts'
import { relationshipsRoom } from '../index.ts'
import { nameOf } from '../models/tuple-rules.ts'
import { visibleRecords } from '../questions/record-visibility.ts'
import { deleteStore, insertModel } from '../store.ts'
import { askingIn, change, commit, freshStore } from '../testing/memory.ts'
import { documents, model, self, tuple, type } from '../testing/models.ts'
import { followOn, type ReplicaGiven } from '../testing/server.ts'

const UNTOLD = { onError: () => {} }

eachDatabase('loading relationships', (kind) => {
  let compiled: TestDatabase
  let database: Database
  let door: Door
  const cleanUp: (() => Promise<unknown>)[] = []
  before(async () => {
    compiled = await testDatabase({ kind, migrations: [CHANGE_LOG, ...migrationsOf([relationshipsRoom])] })
    database = compiled.database
    door = behindDoor(database)
  })
  after(async () => {
    for (const clean of cleanUp.reverse()) await clean()
    await compiled?.close()
  })

  /** A replica whose reads are told to `before`, by their number, and wait for it. */
  async function replica(before: (nth: number) => Promise<unknown> | undefined, given: ReplicaGiven = {}) {
    let reads = 0
    const reading = (): Pick<Database, 'transaction'> => ({
      async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
        reads += 1
        await before(reads)
        return database.transaction(work)
      },
    })
    const made = followOn(door.database, { atOnce: 2, reading, ...given })
    await made.tail.start()
    cleanUp.push(
      () => made.tail.stop(),
      () => made.relationships.stop(),
    )
    return { ...made, reads: () => reads }
  }

  const held = ({ relationships }: Pick<Awaited<ReturnType<typeof replica>>, 'relationships'>, store: string) => {
    const tuples = relationships.store(store)?.tuples
    const names = tuples?.all().map(nameOf).sort() ?? []
    assert.equal(tuples?.size, names.length)
    return names
  }

  const six = ['1', '2', '3', '4', '5', '6'].map((id) => `document:${id}#owner@user:anne`)

  test('a write committed during a load is neither lost nor applied twice, wherever in the rows it falls', async () => {
    for (const at of [1, 2, 3, 4]) {
      const store = await freshStore(database, documents, six)
      const one = await replica(async (nth) => {
        if (nth !== at) return
        const deletes = ['document:1#owner@user:anne', 'document:6#owner@user:anne']
        await change(database, store, { deletes, writes: ['document:0#owner@user:bob', 'document:9#owner@user:bob'] })
        await change(database, store, { writes: ['document:1#owner@user:anne', 'document:3#viewer@document:1#viewer'] })
        await change(database, store, { deletes: ['document:3#owner@user:anne', 'document:9#owner@user:bob'] })
      })
      const { check } = askingIn(one.memory, store)
      assert.equal(await check('document:4#viewer@user:anne'), true)
      assert.equal(await check('document:6#viewer@user:anne', { consistency: 'HIGHER_CONSISTENCY' }), false)
      assert.deepEqual(
        held(one, store),
        ['0#owner@user:bob', '1#owner@user:anne', '2#owner@user:anne', '3#viewer@document:1#viewer']
          .concat(['4#owner@user:anne', '5#owner@user:anne'])
          .map((rest) => `document:${rest}`),
        `before read ${at}`,
      )
      assert.equal(one.relationships.store(store)?.tuples.holding, 'everything')
    }
  })

  test('a condition that changes during a load is the last one', async () => {
    const conditions = {
      late: { name: 'late', expression: 'x < 5', parameters: { x: { type_name: 'TYPE_NAME_INT' } } },
    }
    const body = { ...model(type('user'), type('document', { owner: [self, 'user', 'user with late'] })), conditions }
    const key = tuple('document:1#owner@user:anne')
    const late = (x: number) => ({ ...key, condition: { name: 'late', context: { x } } })
    for (const [wanted, ...steps] of [
      [true, late(1)],
      [false, late(9)],
      [true, late(9), key],
      [false, key, late(9)],
    ] as const) {
      const store = await freshStore(database, body, [late(7), 'document:2#owner@user:anne'])
      const one = await replica(async (nth) => {
        if (nth === 2) for (const step of steps) await change(database, store, { deletes: [key], writes: [step] })
      })
      const { check } = askingIn(one.memory, store)
      assert.equal(await check('document:1#owner@user:anne', { consistency: 'HIGHER_CONSISTENCY' }), wanted)
    }
  })

  test('questions at the same time share one load, and the next ones wait for none', async () => {
    const store = await freshStore(database, documents, six)
    const one = await replica(() => undefined)
    const { check } = askingIn(one.memory, store)
    const answers = await Promise.all(six.map((name) => check(name)))
    assert.deepEqual(new Set(answers), new Set([true]))
    assert.equal(one.reads(), 5, 'three pages of two, one to see that they end, and one for the end of the log')
    await check('document:1#viewer@user:bob')
    assert.equal(one.reads(), 5)
    assert.equal(one.relationships.store(store)?.tuples.need([]), undefined)
  })

  test('where the database fails in the middle, questions are refused, nothing is half there, and the next one is answered', async () => {
    const store = await freshStore(database, documents, six)
    let broken = true
    const failures: unknown[] = []
    const one = await replica(
      async (nth) => {
        if (broken && nth > 2) throw new Error('the database is away')
      },
      { onError: (error) => failures.push(error) },
    )
    const { check } = askingIn(one.memory, store)
    const asked = await Promise.allSettled([check('document:1#viewer@user:anne'), check('document:9#viewer@user:anne')])
    for (const each of asked) {
      assert.equal(each.status, 'rejected')
      assert.deepEqual([each.reason.code, each.reason.status], ['unavailable', 503])
      assert.deepEqual(each.reason.details.headers, { 'retry-after': '1' })
    }
    assert.equal(failures.length, 1)
    assert.deepEqual(held(one, store), [])
    const visible = visibleRecords({ ...one, recordsStore: store })
    const question = { user: 'user:anne', relation: 'viewer', type: 'document', ids: ['1', '9'] }
    assert.deepEqual(await visible(question), [[false, false]])
    // What is written meanwhile is not the only thing there.
    await change(database, store, { writes: ['document:9#owner@user:anne'] })
    broken = false
    assert.deepEqual(await visible(question), [[true, true]])
    assert.equal(await check('document:1#viewer@user:anne'), true)
    assert.equal(await check('document:9#viewer@user:anne'), true)
  })

  test('a failed load leaves what was in memory before', async () => {
    const body = model(type('user'), type('folder', { owner: [self, 'user'] }), type('note', { owner: [self, 'user'] }))
    const store = await freshStore(database, body, ['folder:1#owner@user:anne', 'note:1#owner@user:anne'])
    let broken = false
    const one = await replica(
      async () => {
        if (broken) throw new Error('the database is away')
      },
      { limit: 1, ...UNTOLD },
    )
    const { check } = askingIn(one.memory, store)
    assert.equal(await check('folder:1#owner@user:anne'), true)
    broken = true
    await assert.rejects(check('note:1#owner@user:anne'), { code: 'unavailable' })
    await change(database, store, { deletes: ['folder:1#owner@user:anne'] })
    assert.equal(await check('folder:1#owner@user:anne', { consistency: 'HIGHER_CONSISTENCY' }), false)
  })

  test('a store deleted during its load is not found, and leaves nothing', async () => {
    const store = await freshStore(database, documents, six)
    const one = await replica(async (nth) => {
      if (nth === 2) assert.ok(await one.tail.reached(await commit(database, (tx) => deleteStore(tx, store)), 10_000))
    })
    const { check } = askingIn(one.memory, store)
    await assert.rejects(check('document:1#viewer@user:anne'), { refusal: 'store_id_not_found' })
    assert.equal(one.relationships.store(store), undefined)
    assert.equal(one.relationships.size, 0)
  })

  test('a model written during a load judges what waited for it', async () => {
    const store = await freshStore(database, documents, six)
    const without = model(type('user'), type('document', { viewer: [self, 'user'] }))
    const one = await replica(async (nth) => {
      const write = (tx: Transaction) => insertModel(tx, store, { id: ulid(Date.now() + 60_000), body: without })
      if (nth === 2) assert.ok(await one.tail.reached(await commit(database, write), 10_000))
    })
    const { check } = askingIn(one.memory, store)
    assert.equal(await check('document:1#viewer@user:anne'), false)
  })

  test('a log loaded anew during a load makes it begin again', async () => {
    const store = await freshStore(database, documents, six)
    const one = await replica(async (nth) => {
      if (nth !== 2) return
      const install = await database.snapshot((tx) => one.relationships.load(tx))
      install(one.tail.position)
      // A change that the load of before could not have heard of.
      await change(database, store, { deletes: ['document:1#owner@user:anne'] })
    })
    const { check } = askingIn(one.memory, store)
    assert.equal(await check('document:2#viewer@user:anne'), true)
    assert.equal(await check('document:1#viewer@user:anne', { consistency: 'HIGHER_CONSISTENCY' }), false)
    assert.ok(one.reads() > 5)
    const { body } = await one.metrics.expose()
    assert.match(body, /relationship_loads_total{outcome="overtaken"} 1/)
  })

  test('what a failover lost after it was read is not answered from', async () => {
    const store = await freshStore(database, documents, six)
    const bob = 'document:5#owner@user:bob'
    const one = await replica(async (nth) => {
      if (nth === 2) {
        // The tail hears nothing of it; a page shows it.
        door.shut()
        await change(database, store, { writes: [bob] })
      }
      if (nth !== 5) return
      await database.connected(async (on) => {
        await on.query(`delete from fga_tuples where store_id = $1 and "user" = 'user:bob'`, [store])
        await on.query('delete from changes where position = (select max(position) from changes)')
      })
      // Another commit has its position.
      await change(database, store, { writes: ['document:9#owner@user:anne'] })
      door.open()
    })
    const { check } = askingIn(one.memory, store)
    assert.equal(await check('document:5#viewer@user:anne'), true)
    assert.equal(await check(bob), false)
    assert.deepEqual(
      held(one, store).filter((name) => name.includes('bob')),
      [],
    )
    const { body } = await one.metrics.expose()
    assert.match(body, /relationship_loads_total{outcome="overtaken"} 1/)
  })

  test('a replica that does not hear the log answers nothing from what it read', async () => {
    const store = await freshStore(database, documents, six)
    const one = await replica(async (nth) => {
      if (nth !== 1) return
      await one.tail.stop()
      await change(database, store, { deletes: ['document:1#owner@user:anne'] })
    }, UNTOLD)
    const { check } = askingIn(one.memory, store)
    await assert.rejects(check('document:2#viewer@user:anne'), { code: 'unavailable' })
    assert.deepEqual(held(one, store), [])
  })

  test('what is stopped loads nothing more, and ends what it began', async () => {
    const store = await freshStore(database, documents, six)
    let stopped: Promise<void> | undefined
    const one = await replica(async (nth) => {
      if (nth === 2) stopped = one.relationships.stop()
    })
    const { check } = askingIn(one.memory, store)
    await assert.rejects(check('document:1#viewer@user:anne'), { code: 'unavailable' })
    await stopped
    await assert.rejects(check('document:1#viewer@user:anne'), { code: 'unavailable' })
    assert.equal(one.reads(), 2)
  })
})
