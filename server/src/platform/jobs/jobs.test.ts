// Jobs on either database: they run, they are tried again, and a stop waits for what runs.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { eachDatabase, type TestDatabase, testDatabase } from '../database/test-database.ts'
import { createJobs, type Jobs } from './index.ts'

eachDatabase('jobs', (kind) => {
  let ground: TestDatabase
  let started: Jobs[] = []
  let errors: Error[] = []
  let runs: string[] = []
  before(async () => {
    ground = await testDatabase({ kind })
    await ground.database.connected((connection) => connection.script('create table notes (note text)'))
  })
  afterEach(async () => {
    for (const jobs of started) await jobs.stop()
    started = []
    errors = []
    runs = []
  })
  after(() => ground.close())

  const instance = () => {
    const jobs = createJobs({
      database: ground.database,
      databaseUrl: ground.url,
      onError: (e) => void errors.push(e),
      ran: (job, outcome) => void runs.push(`${job} ${outcome}`),
    })
    started.push(jobs)
    return jobs
  }
  const stateOf = async (name: string) => {
    const { rows } = await ground.database.connected((connection) =>
      connection.query('select state from jobs.job where name = $1 order by created_on', [name]),
    )
    return rows.map(({ state }) => state)
  }

  it('runs what was enqueued, with its data, one after the other and without waiting for a poll', async () => {
    const jobs = instance()
    const seen: unknown[] = []
    const all = Promise.withResolvers<void>()
    jobs.work('greet', async (data) => {
      seen.push(data.n)
      if (seen.length === 5) all.resolve()
    })
    await jobs.start()
    for (let n = 0; n < 5; n++) assert.equal(await jobs.enqueue('greet', { n }), true)
    const began = performance.now()
    await all.promise
    assert.ok(performance.now() - began < 2_000, 'five jobs took longer than a poll')
    assert.deepEqual(seen.toSorted(), [0, 1, 2, 3, 4])
  })

  it('adds a keyed job once while it waits or runs', async () => {
    const jobs = instance()
    const running = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    jobs.work('keyed', async () => {
      running.resolve()
      await release.promise
    })
    await jobs.start()
    assert.equal(await jobs.enqueue('keyed', {}, { key: 'a' }), true)
    assert.equal(await jobs.enqueue('keyed', {}, { key: 'a' }), false)
    await running.promise
    assert.equal(await jobs.enqueue('keyed', {}, { key: 'a' }), false)
    assert.equal(await jobs.enqueue('keyed', {}, { key: 'b', afterSeconds: 3600 }), true)
    release.resolve()
  })

  it('enqueues with the transaction: after its commit, and never after its rollback', async () => {
    const jobs = instance()
    const ran = Promise.withResolvers<unknown>()
    jobs.work('noted', async ({ note }) => {
      const { rows } = await ground.database.connected((c) => c.query('select note from notes where note = $1', [note]))
      ran.resolve(rows)
    })
    await jobs.start()
    const rolledBack = ground.database.transaction(async (tx) => {
      await jobs.enqueue('noted', { note: 'lost' }, { tx })
      throw new Error('changed my mind')
    })
    await assert.rejects(rolledBack, /changed my mind/)
    assert.deepEqual(await stateOf('noted'), [])
    await ground.database.transaction(async (tx) => {
      await tx.sql<{ notes: { note: string } }>().insertInto('notes').values({ note: 'kept' }).execute()
      await jobs.enqueue('noted', { note: 'kept' }, { tx })
    })
    assert.deepEqual(await ran.promise, [{ note: 'kept' }])
  })

  it('reports a job that fails and keeps it for another try', async () => {
    const jobs = instance()
    const failed = Promise.withResolvers<void>()
    jobs.work('fragile', async () => {
      failed.resolve()
      throw new Error('no luck')
    })
    await jobs.start()
    await jobs.enqueue('fragile', {})
    await failed.promise
    await jobs.stop()
    assert.deepEqual(await stateOf('fragile'), ['retry'])
    assert.deepEqual(
      errors.map(({ message, cause }) => [message, (cause as Error).message]),
      [['job fragile failed', 'no luck']],
    )
  })

  it('runs a recurring job again and again', async () => {
    const jobs = instance()
    const thrice = Promise.withResolvers<void>()
    let runs = 0
    jobs.every('pulse', 1, async () => {
      if (++runs === 3) thrice.resolve()
    })
    jobs.every('nightly', '0 3 * * *', async () => {})
    await jobs.start()
    await thrice.promise
    const { rows } = await ground.database.connected((c) => c.query('select name, cron, timezone from jobs.schedule'))
    assert.deepEqual(rows, [{ name: 'nightly', cron: '0 3 * * *', timezone: 'UTC' }])
  })

  it('waits at the stop for the job that runs, and starts no other', async () => {
    const jobs = instance()
    const running = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const events: string[] = []
    jobs.work('slow', async ({ n }) => {
      running.resolve()
      await release.promise
      events.push(`done ${n}`)
    })
    await jobs.start()
    await jobs.enqueue('slow', { n: 1 })
    await running.promise
    await jobs.enqueue('slow', { n: 2 })
    const stopped = jobs.stop().then(() => events.push('stopped'))
    // A round trip to the database: time enough for a stop that does not wait.
    await stateOf('slow')
    release.resolve()
    await stopped
    assert.deepEqual(events, ['done 1', 'stopped'])
    assert.deepEqual(await stateOf('slow'), ['completed', 'created'])
  })

  it('aborts the job that a stop cannot wait for any longer', async () => {
    const jobs = instance()
    const running = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    jobs.work('endless', async (_data, signal) => {
      running.resolve()
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      aborted.resolve()
    })
    await jobs.start()
    await jobs.enqueue('endless', {})
    await running.promise
    await jobs.stop(1_000)
    await aborted.promise
    assert.deepEqual(await stateOf('endless'), ['retry'])
  })

  it('refuses what would be lost', async () => {
    const jobs = instance()
    jobs.work('once', async () => {})
    assert.throws(() => jobs.work('once', async () => {}), /registered twice/)
    await assert.rejects(jobs.enqueue('once', {}), /not there/)
    await jobs.start()
    assert.throws(() => jobs.every('late', 5, async () => {}), /after the start/)
    await assert.rejects(jobs.enqueue('nobody', {}), /not there/)
    const beside = ground.database.transaction(() => jobs.enqueue('once', {}))
    await assert.rejects(beside, /beside the open transaction/)
  })
})

describe('jobs of an embedded database', () => {
  it('gives back at the start what a killed process left running', async () => {
    const ground = await testDatabase({ kind: 'embedded' })
    const all = (text: string) => ground.database.connected(async (c) => (await c.query(text)).rows)
    const start = async () => {
      const jobs = createJobs({ database: ground.database, onError: () => {} })
      jobs.work('sweep', async () => {})
      await jobs.start()
      return jobs
    }
    const first = await start()
    await first.enqueue('sweep', {}, { afterSeconds: 3600 })
    await first.stop()
    await all(`update jobs.job set state = 'active', started_on = now(), heartbeat_on = now()`)
    const second = await start()
    assert.deepEqual(await all(`select state from jobs.job where name = 'sweep'`), [{ state: 'retry' }])
    await second.stop()
    await ground.close()
  })
})
