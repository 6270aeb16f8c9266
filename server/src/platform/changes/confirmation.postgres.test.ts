// Confirmation over replicas: acknowledged, or no longer allowed to grant; a replica that still may is waited for.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import pg from 'pg'
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
import { behindDoor, type Door } from '../database/test-doors.ts'
import { confirmed, followRevocations, type Revocations, revoke, Tail } from './index.ts'

interface Replica {
  tail: Tail
  door: Door
  revocations: Revocations
  pool: Database
}

describe('confirmation on a shared database', { timeout: 60_000 }, () => {
  let ground: TestDatabase
  let url: string
  let replicas: Replica[] = []
  before(async () => {
    ground = await testDatabase({ kind: 'shared', migrations: [CHANGE_LOG] })
    url = ground.url ?? serverUrl()
  })
  afterEach(async () => {
    for (const { tail, door, pool } of replicas) {
      door.open()
      await tail.stop()
      await pool.close()
    }
    replicas = []
  })
  after(() => ground?.close())

  async function replica(name: string, maxStalenessMs: number): Promise<Replica> {
    const pool = await anotherPool(url)
    const door = behindDoor(pool)
    const tail = new Tail({ database: door.database, clock: systemClock, maxStalenessMs, onError() {}, replica: name })
    const revocations = followRevocations(systemClock)
    tail.follow(revocations)
    await tail.start()
    const made = { tail, door, revocations, pool }
    replicas.push(made)
    return made
  }
  const revokeNow = (link: string) =>
    new Promise<number>((resolve, reject) => {
      const work = ground.database.transaction(async (tx) => {
        revoke(tx, link, 'test')
        tx.committed((position) => resolve(position ?? 0))
      })
      work.catch(reject)
    })
  const ask = ({ tail, pool }: Replica, position: number, timeoutMs: number) =>
    confirmed({ database: pool, tail, position, timeoutMs, clock: systemClock })

  it('comes when every replica has acknowledged', async () => {
    const a = await replica('a', 60_000)
    const b = await replica('b', 60_000)
    const position = await revokeNow('usr_1')
    const answer = await ask(a, position, 10_000)
    assert.equal(answer.confirmed, true)
    assert.deepEqual(
      answer.replicas.map(({ id, state }) => [id, state]),
      [
        ['a', 'acknowledged'],
        ['b', 'acknowledged'],
      ],
    )
    for (const { revocations } of [a, b]) assert.equal(revocations.dead(['usr_1'], position - 1), true)
  })

  it('waits for a replica that stalls while its lease lives, and names it', async () => {
    const a = await replica('a', 60_000)
    const b = await replica('b', 60_000)
    b.door.shut()
    const position = await revokeNow('usr_2')
    const early = await ask(a, position, 150)
    assert.equal(early.confirmed, false)
    assert.deepEqual(
      early.replicas.map(({ id, state }) => [id, state]),
      [
        ['a', 'acknowledged'],
        ['b', 'waiting'],
      ],
    )
    // It is waited for with reason: it knows nothing of the revocation and would still grant.
    b.tail.assertFresh()
    assert.equal(b.revocations.dead(['usr_2'], position - 1), false)
    b.door.open()
    assert.equal((await ask(a, position, 10_000)).confirmed, true)
    assert.equal(b.revocations.dead(['usr_2'], position - 1), true)
  })

  it('comes when the stalled replica lost its lease, and by then it grants nothing', async () => {
    const a = await replica('a', 60_000)
    const b = await replica('b', 400)
    b.door.shut()
    const position = await revokeNow('usr_3')
    const answer = await ask(a, position, 10_000)
    assert.throws(() => b.tail.assertFresh(), { code: 'unavailable' })
    assert.equal(answer.confirmed, true)
    assert.deepEqual(answer.replicas.map(({ id, state }) => [id, state]).at(1), ['b', 'lapsed'])
  })

  it('does not wait for a replica that was stopped, which grants nothing from then on', async () => {
    const a = await replica('a', 60_000)
    const b = await replica('b', 60_000)
    b.door.shut()
    const position = await revokeNow('usr_4')
    b.door.open()
    await b.tail.stop()
    assert.throws(() => b.tail.assertFresh(), { code: 'unavailable' })
    const answer = await ask(a, position, 10_000)
    assert.deepEqual(
      answer.replicas.map(({ id }) => id),
      ['a'],
    )
  })

  it('does not overlook a heartbeat that read before the change and commits after it', async () => {
    const a = await replica('a', 60_000)
    const late = new pg.Client({ connectionString: url })
    await late.connect()
    await late.query('begin')
    await late.query(`insert into replicas values ('late', 0, now() + interval '1 minute')`)
    const position = await revokeNow('usr_5')
    assert.deepEqual(await ask(a, position, 200), { confirmed: false, replicas: [] })
    await late.query('commit')
    await late.end()
    const answer = await ask(a, position, 200)
    assert.equal(answer.confirmed, false)
    assert.ok(answer.replicas.some(({ id, state }) => id === 'late' && state === 'waiting'))
    await onServer(url, `delete from replicas where id = 'late'`)
    assert.equal((await ask(a, position, 10_000)).confirmed, true)
  })

  it('is never given for a position that is still to come', async () => {
    const a = await replica('a', 60_000)
    const answer = await ask(a, a.tail.position + 1, 60)
    assert.equal(answer.confirmed, false)
  })

  it('throws when the database cannot be asked', async () => {
    const a = await replica('a', 60_000)
    await onServer(url, 'alter table replicas rename to replicas_away')
    await assert.rejects(ask(a, 1, 1_000), { code: '42P01' })
    await onServer(url, 'alter table replicas_away rename to replicas')
  })
})
