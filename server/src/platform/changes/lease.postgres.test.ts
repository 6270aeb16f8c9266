// Staleness over a bad network: a tail that cannot hear the log stops in time, never outlives its lease, and recovers.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { systemClock } from '../../kernel/clock.ts'
import type { Database } from '../database/index.ts'
import {
  anotherPool,
  CHANGE_LOG,
  onServer,
  serverUrl,
  type TestDatabase,
  testDatabase,
} from '../database/test-database.ts'
import { type Network, networkTo } from '../database/test-doors.ts'
import { Tail, trimChanges } from './index.ts'
import { recorder } from './test-recorder.ts'

const MAX_STALENESS_MS = 500

describe('a tail over a bad network', { timeout: 120_000 }, () => {
  let ground: TestDatabase
  let network: Network
  let cleanUp: (() => Promise<unknown>)[] = []
  before(async () => {
    ground = await testDatabase({ kind: 'shared', migrations: [CHANGE_LOG] })
    network = await networkTo(ground.url ?? serverUrl())
  })
  afterEach(async () => {
    network.mend()
    await Promise.all(cleanUp.map((clean) => clean()))
    cleanUp = []
  })
  after(async () => {
    await network?.close()
    await ground?.close()
  })

  const append = () =>
    new Promise<number>((resolve, reject) => {
      const work = ground.database.transaction(async (tx) => {
        tx.append({ topic: 'test.note', key: 'k', body: {} })
        tx.committed((position) => resolve(position ?? 0))
      })
      work.catch(reject)
    })
  async function tailOver(url: string, clock = systemClock): Promise<{ tail: Tail; database: Database }> {
    const database = await anotherPool(url)
    const tail = new Tail({ database, clock, maxStalenessMs: MAX_STALENESS_MS, onError() {} })
    cleanUp.push(async () => {
      await tail.stop()
      await database.close()
    })
    return { tail, database }
  }
  const isFresh = (tail: Tail) => tail.staleness <= MAX_STALENESS_MS

  for (const [how, trouble] of [
    ['cut', () => network.cut()],
    ['silently stalled', () => network.stall()],
  ] as const)
    it(`is stale one millisecond past the limit when it is ${how}, and recovers by itself, with nothing missed`, async () => {
      const time = { now: 0 }
      const { tail } = await tailOver(network.url, { now: Date.now, elapsed: () => time.now })
      const notes = recorder(['test.note'])
      tail.follow(notes)
      await tail.start()
      assert.ok(await tail.reached(await append(), 10_000))
      trouble()
      const missed = [await append(), await append()]
      time.now += MAX_STALENESS_MS
      assert.equal(tail.staleness, MAX_STALENESS_MS)
      tail.assertFresh()
      time.now += 1
      assert.throws(() => tail.assertFresh(), { code: 'unavailable' })
      assert.equal(await tail.reached(missed[1] ?? 0, 50), false)
      network.mend()
      assert.ok(await tail.reached(await append(), 20_000))
      tail.assertFresh()
      assert.equal(notes.loads, 1)
      assert.deepEqual(
        notes.seen.map(({ position }) => position),
        Array.from({ length: tail.position }, (_, n) => n + 1),
      )
    })

  it('believes itself fresh only while its lease in the database lives: from the first moment, at rest, under load', async () => {
    let asked = 0
    const believesNoLongerThanItsLease = async (tail: Tail) => {
      const believesUntil = performance.now() + MAX_STALENESS_MS - tail.staleness
      if (believesUntil < performance.now()) return
      const { rows } = await ground.database.connected((c) =>
        c.query('select extract(epoch from lease_until - clock_timestamp()) * 1000 as ms from replicas where id = $1', [
          tail.replica,
        ]),
      )
      const leaseUntil = performance.now() + Number(rows[0]?.ms ?? Number.NEGATIVE_INFINITY)
      asked++
      assert.ok(believesUntil <= leaseUntil + 1, `believes ${believesUntil - leaseUntil} ms longer than its lease`)
    }
    for (let n = 0; n < 10; n++) {
      const { tail } = await tailOver(network.url)
      // From inside the load: nothing may be believed before the first lease is there.
      tail.follow({
        topics: [],
        load: async () => () => assert.equal(isFresh(tail), false),
        apply() {},
      })
      await tail.start()
      for (let sample = 0; sample < 10; sample++) await believesNoLongerThanItsLease(tail)
    }
    const { tail } = await tailOver(network.url)
    await tail.start()
    for (let n = 0; n < 150; n++) {
      const appended = append()
      await believesNoLongerThanItsLease(tail)
      await appended
      if (n % 25 === 0) await ground.database.connected((c) => trimChanges(c, 0))
    }
    network.stall()
    while (isFresh(tail)) await believesNoLongerThanItsLease(tail)
    assert.ok(asked > 250)
    assert.throws(() => tail.assertFresh(), { code: 'unavailable' })
  })

  it('gives its place up in the table when it stops, and grants nothing from before that', async () => {
    const { tail } = await tailOver(network.url)
    await tail.start()
    const rows = () => onServer(ground.url ?? '', 'select id from replicas where id = $1', [tail.replica])
    assert.equal((await rows()).length, 1)
    const stopped = tail.stop()
    await stopped
    assert.throws(() => tail.assertFresh(), { code: 'unavailable' })
    assert.deepEqual(await rows(), [])
  })
})
