// Two replicas over one PostgreSQL, under writes: what one holds a position of, the other never answers from before;
// what was revoked before a document was added never shows it (the new-enemy problem); what is cut off is whole or gone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulid } from 'ulid'
import { nobody } from '../../pipeline/index.ts'
import type { Database, Transaction } from '../../platform/database/index.ts'
import {
  anotherPool,
  CHANGE_LOG,
  onServer,
  type TestDatabase,
  testDatabase,
} from '../../platform/database/test-database.ts'
import { migrationsOf } from '../../platform/stored-data.ts'
import { relationshipsRoom } from '../index.ts'
import { typeOf } from '../model.ts'
import { nameOf } from '../models/tuple-rules.ts'
import { checkTuple } from '../questions/answers.ts'
import { type Awaited, judged } from '../questions/consistency.ts'
import { deleteTuples, insertModel, insertStore, insertTuples, recordWrite } from '../store.ts'
import { model, self, tuple, type } from '../testing/models.ts'
import { followOn } from '../testing/server.ts'

const ROUNDS = 60
const folders = model(
  type('user'),
  type('folder', { viewer: [self, 'user'] }),
  type('document', {
    parent: [self, 'folder'],
    viewer: [
      {
        tupleToUserset: {
          tupleset: { object: '', relation: 'parent' },
          computedUserset: { object: '', relation: 'viewer' },
        },
      },
    ],
  }),
)

let compiled: TestDatabase
const cleanUp: (() => Promise<unknown>)[] = []
before(async () => {
  compiled = await testDatabase({ kind: 'shared', migrations: [CHANGE_LOG, ...migrationsOf([relationshipsRoom])] })
})
after(async () => {
  for (const clean of cleanUp.reverse()) await clean()
  await compiled?.close()
})

async function replica(limit?: number) {
  const database = await anotherPool(compiled.url ?? '')
  const { relationships, tail, memory, metrics } = followOn(database, { onError: () => {}, limit })
  await tail.start()
  cleanUp.push(
    () => database.close(),
    () => tail.stop(),
    () => relationships.stop(),
  )
  const check = async (store: string, question: string, awaited: Partial<Awaited> = {}): Promise<boolean> => {
    const { object, relation, user } = tuple(question)
    return judged(
      memory,
      { store_id: store, consistency: 'UNSPECIFIED', ...awaited },
      {
        principal: nobody,
        readSets: ({ readSets }) => [readSets(typeOf(object), relation)],
        judge: (by) => checkTuple(by, { object, relation, user }, { contextual: [] }),
      },
    )
  }
  return { database, relationships, metrics, waits: memory.caughtUp, check }
}

/** Position of what `work` committed. */
async function commit(database: Database, work: (tx: Transaction) => Promise<unknown>): Promise<number> {
  let position = 0
  await database.transaction(async (tx) => {
    tx.committed((at = 0) => {
      position = at
    })
    await work(tx)
  })
  return position
}

const change = (
  database: Database,
  store: string,
  { writes = [], deletes = [] }: { writes?: string[]; deletes?: string[] },
) =>
  commit(database, async (tx) =>
    recordWrite(tx, store, {
      deletes: await deleteTuples(tx, store, deletes.map(tuple)),
      writes: await insertTuples(tx, store, writes.map(tuple)),
    }),
  )

async function freshStore(database: Database): Promise<string> {
  const id = ulid()
  await commit(database, (tx) => insertStore(tx, { id, name: 'replicas' }))
  await commit(database, (tx) => insertModel(tx, id, { id: ulid(), body: folders }))
  return id
}

// With next to no memory each question puts out what the one before it asked of another store, and loads its own.
for (const [memory, limit] of [
  ['with memory for all', undefined],
  ['with memory for next to nothing', 1],
] as const) {
  test(`a reader that holds a position is never answered from before it, on either replica, ${memory}`, {
    timeout: 120_000,
  }, async () => {
    const [one, other] = [await replica(limit), await replica(limit)]
    const [store, elsewhere] = [await freshStore(one.database), await freshStore(one.database)]
    await change(one.database, elsewhere, { writes: ['folder:0#viewer@user:bob'] })
    for (let round = 0; round < ROUNDS; round++) {
      const name = `folder:${round}#viewer@user:anne`
      const written = await change(one.database, store, { writes: [name] })
      for (const { check } of [other, one]) {
        assert.equal(await check(store, name, { at_least: written }), true, `written at ${written}`)
        await check(elsewhere, 'folder:0#viewer@user:bob')
      }
      await change(other.database, store, { deletes: [name] })
      const consistency = 'HIGHER_CONSISTENCY'
      assert.equal(await one.check(store, name, { consistency }), false, 'deleted on the other replica')
      assert.equal(await one.check(elsewhere, 'folder:0#viewer@user:bob', { consistency }), true)
    }
    const { body } = await one.metrics.expose()
    assert.equal(/mandate_relationship_evictions_total{what="store"} \d{2,}/.test(body), limit !== undefined, body)
  })

  test(`whoever was put out of a folder never sees what is added to it afterwards, ${memory}`, {
    timeout: 120_000,
  }, async () => {
    await newEnemy(limit)
  })
}

async function newEnemy(limit?: number): Promise<void> {
  const writer = await replica()
  const readers = [await replica(limit), await replica(limit)]
  const [store, elsewhere] = [await freshStore(writer.database), await freshStore(writer.database)]
  let running = true
  let seen = 0
  // Readers look all the time, at no position: whatever they hold, the document must not show to the one put out.
  const watch = async ({ relationships, check }: (typeof readers)[number]) => {
    while (running) {
      await new Promise((resolve) => setImmediate(resolve))
      if (!relationships.store(store)?.newest || !relationships.store(elsewhere)?.newest) continue
      for (let round = 0; round < ROUNDS; round++) {
        assert.equal(await check(store, `document:${round}#viewer@user:mallory`), false, `round ${round}`)
        if (limit !== undefined && round % 10 === 0) await check(elsewhere, 'folder:0#viewer@user:mallory')
      }
      seen += 1
    }
  }
  const watching = Promise.all(readers.map(watch))
  for (let round = 0; round < ROUNDS; round++) {
    await change(writer.database, store, { writes: [`folder:${round}#viewer@user:mallory`] })
    await change(writer.database, store, { deletes: [`folder:${round}#viewer@user:mallory`] })
    await change(writer.database, store, { writes: [`document:${round}#parent@folder:${round}`] })
  }
  for (const { waits } of readers) await waits({ consistency: 'HIGHER_CONSISTENCY' })
  running = false
  await watching
  assert.ok(seen > 0, 'nobody looked')
}

test('connections that are killed in the middle of writes leave whole writes, the same in memory as in the rows', {
  timeout: 120_000,
}, async () => {
  const [writer, reader] = [await replica(), await replica()]
  const store = await freshStore(writer.database)
  let failed = 0
  const write = async (lane: number) => {
    for (let round = 0; round < 30; round++) {
      const pair = [`folder:${lane}-${round}#viewer@user:anne`, `folder:${lane}-${round}#viewer@user:bob`]
      await change(writer.database, store, { writes: pair }).catch(() => {
        failed += 1
      })
      if (round % 5 === lane)
        await onServer(
          compiled.url ?? '',
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name like 'mandate%' order by state <> 'idle' desc, random() limit 2`,
        )
    }
  }
  await Promise.all([0, 1, 2, 3].map(write))
  assert.ok(failed > 0, 'nothing was broken')
  const fresh = await replica()
  for (let tries = 0; ; tries++)
    try {
      await reader.waits({ consistency: 'HIGHER_CONSISTENCY' })
      break
    } catch (error) {
      if (tries === 20) throw error
    }
  const rows = await onServer(
    compiled.url ?? '',
    `select object, relation, "user" from fga_tuples where store_id = '${store}'`,
  )
  const wanted = rows.map((row) => nameOf(row as never)).sort()
  await fresh.relationships.warm(undefined)
  for (const { relationships } of [reader, fresh])
    assert.deepEqual(relationships.store(store)?.tuples.all().map(nameOf).sort(), wanted)
  const alone = wanted.filter(
    (name) =>
      !wanted.includes(name.replace(/@user:\w+$/, (user) => (user === '@user:anne' ? '@user:bob' : '@user:anne'))),
  )
  assert.deepEqual(alone, [], 'a write was torn apart')
})
