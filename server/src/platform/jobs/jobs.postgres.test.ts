// Two replicas on one PostgreSQL: whatever is to be done is done by one of them, once.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Database } from '../database/index.ts'
import { anotherPool, onServer, serverUrl, type TestDatabase, testDatabase } from '../database/test-database.ts'
import { createJobs, type Jobs } from './index.ts'

describe('jobs on two replicas', { timeout: 60_000 }, () => {
  let ground: TestDatabase
  let url: string
  let second: Database
  const errors: Error[] = []
  before(async () => {
    ground = await testDatabase({ kind: 'shared' })
    url = ground.url ?? serverUrl()
    second = await anotherPool(url)
  })
  after(async () => {
    await second?.close()
    await ground?.close()
  })

  const replicas = (): [Jobs, Jobs] => {
    const on = (database: Database) =>
      createJobs({ database, databaseUrl: url, onError: (error) => void errors.push(error) })
    return [on(ground.database), on(second)]
  }

  it('run each enqueued job once, also when both start at the same moment on an empty database', async () => {
    const JOBS = 60
    const ran = new Map<number, number>()
    const byReplica = [0, 0]
    const all = Promise.withResolvers<void>()
    const both = replicas()
    both.forEach((jobs, replica) => {
      jobs.work('count', async ({ n }) => {
        ran.set(n as number, (ran.get(n as number) ?? 0) + 1)
        byReplica[replica] = (byReplica[replica] ?? 0) + 1
        if (ran.size === JOBS) all.resolve()
      })
    })
    await Promise.all(both.map((jobs) => jobs.start()))
    await Promise.all(Array.from({ length: JOBS }, (_, n) => both[n % 2 === 0 ? 0 : 1].enqueue('count', { n })))
    await all.promise
    await Promise.all(both.map((jobs) => jobs.stop()))
    assert.deepEqual([...ran.values()], Array(JOBS).fill(1))
    assert.ok(
      byReplica.every((n) => n > 0),
      `one replica did everything: ${byReplica}`,
    )
    assert.deepEqual(errors, [])
  })

  it('run a recurring job once per period between them', async () => {
    const both = replicas()
    const enough = Promise.withResolvers<void>()
    let runs = 0
    for (const jobs of both)
      jobs.every('pulse', 1, async () => {
        if (++runs === 4) enough.resolve()
      })
    await Promise.all(both.map((jobs) => jobs.start()))
    await enough.promise
    await Promise.all(both.map((jobs) => jobs.stop()))
    const [row] = await onServer(
      url,
      `select count(*)::int as jobs, count(distinct singleton_on)::int as slots,
         count(*) filter (where state = 'completed')::int as done from jobs.job where name = 'pulse'`,
    )
    assert.equal(row?.jobs, row?.slots)
    assert.equal(row?.done, runs)
  })

  it('leave the work to the other when one stops', async () => {
    const [leaving, staying] = replicas()
    const running = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const taken = Promise.withResolvers<unknown>()
    leaving.work('relay', async () => {
      running.resolve()
      await release.promise
    })
    staying.work('relay', async ({ n }) => taken.resolve(n))
    await leaving.start()
    await leaving.enqueue('relay', { n: 1 })
    await running.promise
    await leaving.enqueue('relay', { n: 2 })
    const stopped = leaving.stop()
    await staying.start()
    assert.equal(await taken.promise, 2)
    release.resolve()
    await stopped
    await staying.stop()
    const rows = await onServer(url, `select state from jobs.job where name = 'relay'`)
    assert.deepEqual(rows, [{ state: 'completed' }, { state: 'completed' }])
  })
})
