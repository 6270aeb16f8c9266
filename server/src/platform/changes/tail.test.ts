// The tail on either database: it follows, knows how fresh it is, and reloads when the log does not continue.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, it } from 'node:test'
import { CHANGE_LOG, eachDatabase, type TestDatabase, testDatabase } from '../database/test-database.ts'
import { behindDoor, type Door } from '../database/test-doors.ts'
import { followRevocations, revoke, Tail, trimChanges } from './index.ts'
import { recorder } from './test-recorder.ts'

const MAX_STALENESS_MS = 1_000

eachDatabase('the tail', (kind) => {
  let ground: TestDatabase
  let door: Door
  let tails: Tail[] = []
  let errors: Error[] = []
  const time = { now: 0 }
  const clock = { now: () => 1_700_000_000_000 + time.now, elapsed: () => time.now }
  before(async () => {
    ground = await testDatabase({ kind, migrations: [CHANGE_LOG] })
  })
  beforeEach(async () => {
    door = behindDoor(ground.database)
    errors = []
    await ground.database.connected((c) => c.script('truncate changes, revocations, replicas'))
  })
  afterEach(async () => {
    door.open()
    for (const tail of tails) await tail.stop()
    tails = []
  })
  after(() => ground.close())

  const newTail = () => {
    const tail = new Tail({
      database: door.database,
      clock,
      maxStalenessMs: MAX_STALENESS_MS,
      onError: (error) => void errors.push(error),
    })
    tails.push(tail)
    return tail
  }
  const append = (...keys: string[]) =>
    new Promise<number>((resolve, reject) => {
      const work = ground.database.transaction(async (tx) => {
        for (const key of keys) tx.append({ topic: 'test.note', key, body: { key } })
        tx.committed((position) => resolve(position ?? 0))
      })
      work.catch(reject)
    })
  const keysOf = ({ seen }: { seen: { key: string }[] }) => seen.map(({ key }) => key).join('')
  const unavailable = { code: 'unavailable', status: 503 }

  it('loads what is there and is told what comes, only of its topics', async () => {
    await append('a', 'b')
    const tail = newTail()
    const notes = recorder(['test.note'])
    const others = recorder(['test.other'])
    tail.follow(notes)
    tail.follow(others)
    await tail.start()
    assert.equal(tail.position, 2)
    assert.ok(await tail.reached(await append('c', 'd'), 10_000))
    assert.equal(keysOf(notes), 'abcd')
    assert.deepEqual([notes.loads, others.loads, others.seen.length], [1, 1, 0])
  })

  it('follows an empty log from its first entry', async () => {
    const tail = newTail()
    const notes = recorder(['test.note'])
    tail.follow(notes)
    await tail.start()
    assert.equal(tail.position, 0)
    tail.assertFresh()
    assert.ok(await tail.reached(await append('a'), 10_000))
    assert.deepEqual([keysOf(notes), notes.loads], ['a', 1])
  })

  it('reads a transaction larger than a batch whole', async () => {
    const tail = newTail()
    const notes = recorder(['test.note'])
    tail.follow(notes)
    await tail.start()
    const keys = Array.from({ length: 2_345 }, (_, n) => String(n))
    assert.ok(await tail.reached(await append(...keys), 10_000))
    assert.deepEqual(
      notes.seen.map(({ key }) => key),
      keys,
    )
  })

  it('is fresh after the start, stale one millisecond past the limit, and never fresh before or after its life', async () => {
    const tail = newTail()
    assert.throws(() => tail.assertFresh(), unavailable)
    await tail.start()
    tail.assertFresh()
    door.shut()
    // Whatever is under way was asked for at this instant.
    time.now += MAX_STALENESS_MS
    tail.assertFresh()
    time.now += 1
    assert.throws(() => tail.assertFresh(), unavailable)
    door.open()
    assert.ok(await tail.reached(await append('a'), 10_000))
    tail.assertFresh()
    await tail.stop()
    assert.throws(() => tail.assertFresh(), unavailable)
    assert.equal(await tail.reached(tail.position + 1, 60_000), false)
    assert.equal(await tail.reached(tail.position), true)
  })

  it('says of a position whether it was reached: at once, later, or not in time', async () => {
    const tail = newTail()
    await tail.start()
    assert.equal(await tail.reached(0), true)
    assert.equal(await tail.reached(1, 20), false)
    const waiting = [tail.reached(1, 10_000), tail.reached(3, 10_000), tail.reached(99, 10_000)]
    await append('a', 'b', 'c')
    assert.deepEqual(await Promise.all(waiting.slice(0, 2)), [true, true])
    await tail.stop()
    assert.equal(await waiting[2], false)
  })

  it('reloads when the log was trimmed past it, and goes on from there', async () => {
    const tail = newTail()
    const notes = recorder(['test.note'])
    tail.follow(notes)
    await append('a')
    await tail.start()
    door.shut()
    await append('b', 'c', 'd')
    await ground.database.connected((c) => trimChanges(c, 0))
    door.open()
    assert.ok(await tail.reached(4, 10_000))
    assert.deepEqual([keysOf(notes), notes.loads], ['d', 2])
    assert.ok(await tail.reached(await append('e'), 10_000))
    assert.deepEqual([keysOf(notes), notes.loads], ['de', 2])
    tail.assertFresh()
  })

  it('does not reload when it merely stands still while the log is trimmed', async () => {
    const tail = newTail()
    const notes = recorder(['test.note'])
    tail.follow(notes)
    await tail.start()
    assert.ok(await tail.reached(await append('a', 'b'), 10_000))
    await ground.database.connected((c) => trimChanges(c, 0))
    assert.ok(await tail.reached(await append('c'), 10_000))
    assert.deepEqual([keysOf(notes), notes.loads], ['abc', 1])
  })

  it('reloads when the database lost changes that it had applied, although new ones stand in their place', async () => {
    const tail = newTail()
    const notes = recorder(['test.note'])
    const revocations = followRevocations()
    tail.follow(notes)
    tail.follow(revocations)
    await tail.start()
    assert.ok(await tail.reached(await append('a', 'b', 'c'), 10_000))
    door.shut()
    await ground.database.connected((c) => c.query('delete from changes where position > 1'))
    await ground.database.transaction(async (tx) => {
      tx.append({ topic: 'test.note', key: 'x', body: {} })
      revoke(tx, 'usr_1', 'left')
    })
    door.open()
    // Position 3 was reached before; a further one shows that the log was read again.
    assert.ok(await tail.reached(await append('y'), 10_000))
    assert.equal(keysOf(notes), 'axy')
    assert.equal(revocations.dead(['usr_1'], 2), true)
  })

  it('reloads when the database lost everything', async () => {
    const tail = newTail()
    const notes = recorder(['test.note'])
    tail.follow(notes)
    await tail.start()
    assert.ok(await tail.reached(await append('a', 'b', 'c'), 10_000))
    door.shut()
    await ground.database.connected((c) => c.script('truncate changes'))
    await append('x')
    const reloaded = Promise.withResolvers<void>()
    const { load } = notes
    notes.load = async (tx) => {
      const install = await load(tx)
      return (position) => {
        install(position)
        reloaded.resolve()
      }
    }
    door.open()
    await reloaded.promise
    assert.equal(keysOf(notes), 'x')
    assert.equal(tail.position, 1)
  })

  it('can be poked inside a transaction', async () => {
    const tail = newTail()
    await tail.start()
    const position = await append('a')
    await ground.database.transaction(async () => tail.poke())
    assert.ok(await tail.reached(position, 10_000))
    assert.deepEqual(errors, [])
  })

  it('judges tokens by position: those issued before a revocation are dead, those after it are not', async () => {
    const tail = newTail()
    const revocations = followRevocations()
    tail.follow(revocations)
    await tail.start()
    const issuedAt = await append('a')
    const reached = new Promise<number>((resolve) => {
      void ground.database.transaction(async (tx) => {
        revoke(tx, 'ses_1', 'signed out')
        tx.committed((position) => resolve(position ?? 0))
      })
    })
    const revokedAt = await reached
    assert.ok(await tail.reached(revokedAt, 10_000))
    assert.equal(revocations.dead(['usr_1', 'ses_1'], issuedAt), true)
    assert.equal(revocations.dead(['usr_1', 'ses_1'], revokedAt), false)
    assert.equal(revocations.dead(['usr_1'], 0), false)
    assert.equal(revocations.dead([], 0), false)
  })

  it('stays stale while the database refuses, reports it, and recovers', async () => {
    const tail = newTail()
    await tail.start()
    await ground.database.connected((c) => c.script('alter table changes rename to changes_away'))
    time.now += MAX_STALENESS_MS + 1
    const reported = Promise.withResolvers<void>()
    errors.push = (error: Error) => {
      reported.resolve()
      assert.match(error.message, /changes/)
      return 1
    }
    tail.poke()
    await reported.promise
    assert.throws(() => tail.assertFresh(), unavailable)
    await ground.database.connected((c) => c.script('alter table changes_away rename to changes'))
    assert.ok(await tail.reached(await append('a'), 10_000))
    tail.assertFresh()
  })
})
