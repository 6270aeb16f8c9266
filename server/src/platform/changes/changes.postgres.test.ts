// The log's one promise, under abuse: every follower is told exactly what was committed, each once, in one order.
// Many writers on several pools, rollbacks, connections terminated at any moment, and transactions elsewhere in the
// cluster that hold old snapshots and transaction ids all along.
import assert from 'node:assert/strict'
import { afterEach, before, describe, it } from 'node:test'
import pg from 'pg'
import { systemClock } from '../../kernel/clock.ts'
import type { Database, NewChange } from '../database/index.ts'
import { anotherPool, CHANGE_LOG, onServer, serverUrl, testDatabase } from '../database/test-database.ts'
import { followRevocations, type Revocations, Tail } from './index.ts'
import { type Recorder, recorder } from './test-recorder.ts'

const TAILS = 3
const WRITERS = 12
const TRANSACTIONS = 40
const ROUNDS = 3
const TOPICS = ['test.a', 'test.b', 'revocation']

interface Following {
  tail: Tail
  everything: Recorder
  some: Recorder
  revocations: Revocations
}
interface Attempt {
  id: string
  changes: NewChange[]
  outcome: 'committed' | 'rolled back' | 'failed'
  /** Of its last change, where it was told. */
  position?: number
}

// mulberry32: small, and the same on every machine for one seed.
function chance(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return { below: (n: number) => Math.floor(next() * n), happens: (share: number) => next() < share }
}

describe('the change log under abuse', { timeout: 120_000 }, () => {
  for (let round = 0; round < ROUNDS; round++) {
    const seed = Number(process.env.SEED ?? 0) || Math.floor(Math.random() * 2 ** 31)
    it(`tells every follower exactly what was committed (round ${round + 1}, SEED=${seed})`, () => abuse(seed))
  }

  let cleanUp: (() => Promise<unknown>)[] = []
  before(() => void serverUrl())
  afterEach(async () => {
    for (const clean of cleanUp.reverse()) await clean()
    cleanUp = []
  })

  async function abuse(seed: number): Promise<void> {
    const random = chance(seed)
    const ground = await testDatabase({ kind: 'shared', migrations: [CHANGE_LOG] })
    cleanUp.push(ground.close)
    const url = ground.url ?? serverUrl()
    await onServer(url, 'create table acts (id text primary key)')
    for (const place of [url, serverUrl()]) {
      const bystander = await holdingBack(place)
      cleanUp.push(() => bystander.end())
    }
    const newPool = async () => {
      const pool = await anotherPool(url)
      cleanUp.push(() => pool.close())
      return pool
    }
    const followings: Following[] = []
    const join = async () => {
      const one = await following(await newPool())
      cleanUp.push(() => one.tail.stop())
      followings.push(one)
    }
    const pools = [await newPool(), await newPool(), await newPool()]
    for (let n = 0; n < TAILS; n++) await join()

    const attempts: Attempt[] = []
    let killed = 0
    const half = Promise.withResolvers<void>()
    const write = async (writer: number) => {
      for (let n = 0; n < TRANSACTIONS; n++) {
        const pool = pools[(writer + n) % pools.length] ?? ground.database
        attempts.push(await attempt(pool, `${writer}.${n}`, random))
        if (attempts.length >= (WRITERS * TRANSACTIONS) / 2) half.resolve()
        if (attempts.length % 15 === 0) killed += await killOne(url)
      }
    }
    // One follower joins in the middle of it all.
    await Promise.all([...Array.from({ length: WRITERS }, (_, writer) => write(writer)), half.promise.then(join)])

    await judge({ url, attempts, followings })
    // And one afterwards, which loads what the others were told.
    await join()
    await judgeRevocations(url, followings)
    const kinds = ['committed', 'rolled back', 'failed'] as const
    const counts = kinds.map((kind) => `${attempts.filter(({ outcome }) => outcome === kind).length} ${kind}`)
    const changes = followings[0]?.tail.position
    console.log(`SEED=${seed}: ${counts.join(', ')}, ${killed} connections killed, ${changes} changes`)
    assert.ok(killed > 0 && attempts.some(({ outcome }) => outcome === 'failed'), 'nothing was broken')
  }
})

/** A transaction that is open all along, with an old snapshot and a transaction id of its own. */
async function holdingBack(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'bystander' })
  await client.connect()
  await client.query('begin isolation level repeatable read')
  await client.query('select pg_current_xact_id(), (select count(*) from pg_class)')
  return client
}

async function following(database: Database): Promise<Following> {
  const tail = new Tail({ database, clock: systemClock, maxStalenessMs: 1_000, onError() {} })
  const everything = recorder(TOPICS)
  const some = recorder(['test.b'])
  const revocations = followRevocations(systemClock)
  for (const follower of [everything, some, revocations]) tail.follow(follower)
  // Its connection may be the one that is killed.
  for (let tries = 1; ; tries++)
    try {
      await tail.start()
      return { tail, everything, some, revocations }
    } catch (error) {
      if (tries === 20) throw error
    }
}

async function attempt(pool: Database, id: string, random: ReturnType<typeof chance>): Promise<Attempt> {
  const size = random.happens(0.01) ? 1_500 : 1 + random.below(8)
  const changes = Array.from({ length: size }, (_, n) => {
    const topic = TOPICS[random.below(3)] ?? 'test.a'
    const key = topic === 'revocation' ? `usr_${random.below(40)}` : id
    return { topic, key, body: { reason: `${id}#${n}` } }
  })
  const rollsBack = random.happens(0.15)
  const tarries = random.below(4)
  let position: number | undefined
  try {
    await pool.transaction(async (tx) => {
      for (const change of changes) tx.append(change)
      tx.committed((last) => {
        position = last
      })
      await tx.sql<{ acts: { id: string } }>().insertInto('acts').values({ id }).execute()
      for (let n = 0; n < tarries; n++)
        await tx.sql<{ acts: { id: string } }>().selectFrom('acts').select('id').limit(1).execute()
      if (rollsBack) throw new RolledBack()
    })
    return { id, changes, outcome: 'committed', position }
  } catch (error) {
    assert.equal(position, undefined, 'a listener was told of a transaction that failed')
    return { id, changes, outcome: error instanceof RolledBack ? 'rolled back' : 'failed' }
  }
}

class RolledBack extends Error {}

/** Terminates one connection of ours, whatever it is doing: writing, holding the log's lock, following or listening. */
async function killOne(url: string): Promise<number> {
  const rows = await onServer(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name like 'mandate%' order by state <> 'idle' desc, random() limit 1`,
  )
  return rows.length
}

interface Evidence {
  url: string
  attempts: Attempt[]
  followings: Following[]
}

async function judge({ url, attempts, followings }: Evidence): Promise<void> {
  const log = (await onServer(
    url,
    'select position::int, topic, key, body from changes order by position',
  )) as unknown as Recorder['seen']
  const acts = new Set((await onServer(url, 'select id from acts')).map(({ id }) => id))
  assert.deepEqual(
    log.map(({ position }) => position),
    Array.from(log, (_, n) => n + 1),
    'positions are not dense',
  )

  const reasonAt = new Map(log.map(({ position, body }) => [(body as { reason: string }).reason, position]))
  let expected = 0
  for (const { id, changes, outcome, position } of attempts) {
    const places = changes.map(({ body }) => reasonAt.get((body as { reason: string }).reason))
    if (outcome === 'rolled back') assert.ok(!acts.has(id), `${id} was rolled back and is there`)
    if (outcome === 'committed')
      assert.ok(acts.has(id) && places.at(-1) === position, `${id} was committed and is not there`)
    // Of a connection that broke in the commit nobody knows: but the change is there exactly when the act is.
    const first = places[0] ?? 0
    if (acts.has(id))
      assert.deepEqual(
        places,
        Array.from(changes, (_, n) => first + n),
        `${id} is torn apart`,
      )
    else
      assert.ok(
        places.every((place) => place === undefined),
        `${id} left changes without its act`,
      )
    if (acts.has(id)) expected += changes.length
  }
  assert.equal(log.length, expected)

  for (const { tail, everything, some } of followings) {
    assert.ok(await tail.reached(log.length, 30_000), `a tail stands at ${tail.position} of ${log.length}`)
    tail.assertFresh()
    assert.deepEqual(everything.seen, log)
    assert.deepEqual(
      some.seen,
      log.filter(({ topic }) => topic === 'test.b'),
    )
  }
}

async function judgeRevocations(url: string, followings: Following[]): Promise<void> {
  const rows = await onServer(url, 'select link, position::int from revocations')
  const latest = await onServer(
    url,
    `select key as link, max(position)::int as position from changes where topic = 'revocation' group by key`,
  )
  const byLink = (a: Record<string, unknown>, b: Record<string, unknown>) => (String(a.link) < String(b.link) ? -1 : 1)
  assert.ok(rows.length > 0)
  assert.deepEqual(rows.toSorted(byLink), latest.toSorted(byLink))
  for (const { revocations } of followings)
    for (const { link, position } of rows) {
      assert.equal(revocations.dead([String(link)], Number(position) - 1), true)
      assert.equal(revocations.dead([String(link)], Number(position)), false)
    }
}
