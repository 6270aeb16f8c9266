// What only a real server shows: broken connections, a listener that comes back, processes that migrate at once.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openPostgres } from './postgres.ts'
import { CHANGE_LOG, onServer, serverUrl, type TestDatabase, testDatabase } from './test-database.ts'
import { childRunning } from './test-process.ts'

describe('on a real server', { timeout: 60_000 }, () => {
  let ground: TestDatabase
  let url: string
  const errors: Error[] = []
  before(async () => {
    ground = await testDatabase({ kind: 'shared', onError: (error) => void errors.push(error) })
    url = ground.url ?? serverUrl()
  })
  after(() => ground?.close())

  const terminate = (applicationName: string) =>
    onServer(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1`,
      [applicationName],
    )

  it('a listener hears again after its connection was terminated, and is called once when it is back', async () => {
    let called = 0
    let next = Promise.withResolvers<void>()
    const heard = async () => {
      await next.promise
      next = Promise.withResolvers<void>()
    }
    await ground.database.listen('bell', () => {
      called++
      next.resolve()
    })
    await heard()
    await onServer(url, 'notify bell')
    await heard()
    for (let round = 0; round < 3; round++) {
      const before = called
      await terminate('mandate listen')
      await heard()
      assert.equal(called, before + 1)
      await onServer(url, 'notify bell')
      await heard()
      assert.equal(called, before + 2)
    }
    assert.ok(errors.length >= 3)
    assert.ok(!errors.some(({ message }) => message.includes('postgres:')))
  })

  it('a transaction whose connection is terminated fails alone, and its connection is never handed on', async () => {
    const begun = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const cut = ground.database.transaction(async (tx) => {
      begun.resolve()
      await go.promise
      await tx.sql<{ pg_class: { relname: string } }>().selectFrom('pg_class').select('relname').limit(1).execute()
    })
    await begun.promise
    await terminate('mandate')
    go.resolve()
    await assert.rejects(cut)
    await Promise.all(Array.from({ length: 20 }, () => ground.database.connected((c) => c.query('select 1'))))
  })

  it('a statement without an answer fails in time and takes its connection with it', async () => {
    const pidOf = () =>
      ground.database.connected(async (c) => (await c.query('select pg_backend_pid() as pid')).rows[0]?.pid)
    let stuck: unknown
    const waiting = ground.database.connected(async (c) => {
      stuck = (await c.query('select pg_backend_pid() as pid')).rows[0]?.pid
      await c.query('select pg_sleep(10)')
    }, 200)
    await assert.rejects(waiting, /timeout/)
    const pids = await Promise.all(Array.from({ length: 12 }, pidOf))
    assert.ok(!pids.includes(stuck))
  })

  it('a transaction that idles is ended by the server, so that nobody waits behind it for long', async () => {
    const rows = await ground.database.connected((c) =>
      c.query(
        `select name, setting from pg_settings where name in
           ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') order by name`,
      ),
    )
    assert.deepEqual(
      rows.rows.map(({ setting }) => setting),
      ['5000', '10000', '15000'],
    )
  })

  it('a server that is not there is a refusal, and nothing keeps trying', async () => {
    const nowhere = new URL(url)
    nowhere.port = '1'
    await assert.rejects(openPostgres({ url: nowhere.href, append: async () => 0, onError: () => {} }), {
      code: 'ECONNREFUSED',
    })
    const child = childRunning(
      `import { listenOn } from './postgres-listen.ts'
       await listenOn({ url: process.argv[1], channel: 'bell', listener() {}, onError() {} }).catch(({ code }) => console.log(code))`,
      [nowhere.href],
    )
    assert.equal((await child.lines.next()).value, 'ECONNREFUSED')
    // It ends by itself: no timer is left that would connect again.
    assert.equal((await child.ended).code, 0)
  })

  it('processes that migrate at the same moment apply each migration once', async () => {
    const MIGRATE = `
      import { migrate, readMigrations } from './migrations.ts'
      import { openPostgres } from './postgres.ts'
      const [url, folder] = process.argv.slice(1)
      const database = await openPostgres({ url, append: async () => 0, onError: console.error })
      const applied = await migrate(database, readMigrations([{ room: 'changes', folder: new URL(folder) }]))
      console.log(JSON.stringify(applied))
      await database.close()`
    const children = Array.from({ length: 3 }, () => childRunning(MIGRATE, [url, CHANGE_LOG.folder.href]))
    const applied = await Promise.all(
      children.map(async (child) => {
        const { value } = await child.lines.next()
        const { code, errors } = await child.ended
        assert.equal(code, 0, errors)
        return JSON.parse(String(value)) as string[]
      }),
    )
    assert.ok(applied.flat().length > 0)
    assert.equal(new Set(applied.flat()).size, applied.flat().length)
  })
})
