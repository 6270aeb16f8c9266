// What a transaction promises, on either database.
import assert from 'node:assert/strict'
import { after, before, beforeEach, it } from 'node:test'
import { sql } from 'kysely'
import type { Transaction } from './database.ts'
import { TransactionEnded } from './index.ts'
import { CHANGE_LOG, eachDatabase, type TestDatabase, testDatabase } from './test-database.ts'

interface Tables {
  notes: { id: number; note: string }
}

eachDatabase('a transaction', (kind) => {
  let ground: TestDatabase
  before(async () => {
    ground = await testDatabase({ kind, migrations: [CHANGE_LOG] })
    await ground.database.connected((c) => c.script('create table notes (id int primary key, note text not null)'))
  })
  beforeEach(() => ground.database.connected((c) => c.script('truncate notes, changes')))
  after(() => ground.close())

  const write = (tx: Transaction, id: number) =>
    tx
      .sql<Tables>()
      .insertInto('notes')
      .values({ id, note: `note ${id}` })
      .execute()
  const ids = () =>
    ground.database.transaction(async (tx) => {
      const rows = await tx.sql<Tables>().selectFrom('notes').select('id').orderBy('id').execute()
      return rows.map(({ id }) => id)
    })

  it('keeps everything when it commits and returns what the work returned', async () => {
    const answer = await ground.database.transaction(async (tx) => {
      await write(tx, 1)
      await write(tx, 2)
      return 'done'
    })
    assert.equal(answer, 'done')
    assert.deepEqual(await ids(), [1, 2])
  })

  it('keeps nothing when the work throws, and passes the error on untouched', async () => {
    const cause = new Error('changed my mind')
    const failed = ground.database.transaction(async (tx) => {
      await write(tx, 1)
      tx.append({ topic: 'test.note', key: '1', body: {} })
      throw cause
    })
    await assert.rejects(failed, (error) => error === cause)
    assert.deepEqual(await ids(), [])
    const { rows } = await ground.database.connected((c) => c.query('select * from changes'))
    assert.deepEqual(rows, [])
  })

  it('rolls back after a failed statement, whose SQLSTATE and constraint can be read', async () => {
    const failed = ground.database.transaction(async (tx) => {
      await write(tx, 1)
      await write(tx, 1)
    })
    await assert.rejects(failed, { code: '23505', constraint: 'notes_pkey', table: 'notes' })
    assert.deepEqual(await ids(), [])
  })

  it('fails with the error that the work swallowed, for the database would roll back and say nothing', async () => {
    const told: string[] = []
    const swallowed = ground.database.transaction(async (tx) => {
      tx.committed(() => told.push('committed'))
      await write(tx, 1)
      await write(tx, 1).catch(() => {})
    })
    await assert.rejects(swallowed, { code: '23505' })
    assert.deepEqual(await ids(), [])
    assert.deepEqual(told, [])
  })

  it('commits when the work went back to a savepoint before the error', async () => {
    await ground.database.transaction(async (tx) => {
      await write(tx, 1)
      await sql`savepoint before`.execute(tx.sql())
      await write(tx, 1).catch(() => {})
      await sql`rollback to savepoint before`.execute(tx.sql())
    })
    assert.deepEqual(await ids(), [1])
  })

  it('tells its listeners after the commit, in order, with the position of its last change', async () => {
    const told: unknown[] = []
    await ground.database.transaction(async (tx) => {
      tx.committed((position) => told.push(['first', position]))
      tx.append({ topic: 'test.note', key: 'a', body: { n: 1 } })
      tx.append({ topic: 'test.note', key: 'b', body: { n: 2 } })
      tx.committed((position) => told.push(['second', position]))
      await write(tx, 1)
      assert.deepEqual(told, [])
    })
    assert.deepEqual(told, [
      ['first', 2],
      ['second', 2],
    ])
    const positions: unknown[] = []
    await ground.database.transaction(async (tx) => tx.committed((position) => positions.push(position)))
    assert.deepEqual(positions, [undefined])
    const { rows } = await ground.database.connected((c) =>
      c.query('select position, key, body from changes order by 1'),
    )
    assert.deepEqual(rows, [
      { position: 1, key: 'a', body: { n: 1 } },
      { position: 2, key: 'b', body: { n: 2 } },
    ])
  })

  it('tells no listener after a rollback, also when it is the commit that fails', async () => {
    await ground.database.connected((c) =>
      c.script('create table strict_notes (id int unique deferrable initially deferred)'),
    )
    const told: unknown[] = []
    const thrown = ground.database.transaction(async (tx) => {
      tx.committed(() => told.push('thrown'))
      throw new Error('no')
    })
    await assert.rejects(thrown, /no/)
    const refusedAtCommit = ground.database.transaction(async (tx) => {
      tx.committed(() => told.push('refused'))
      const strict = tx.sql<{ strict_notes: { id: number } }>()
      await strict
        .insertInto('strict_notes')
        .values([{ id: 1 }, { id: 1 }])
        .execute()
    })
    await assert.rejects(refusedAtCommit, { code: '23505' })
    assert.deepEqual(told, [])
  })

  it('stays committed when a listener fails, and tells the others', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const told: string[] = []
    await ground.database.transaction(async (tx) => {
      tx.committed(() => {
        throw new Error('a listener failed')
      })
      tx.committed(() => told.push('second'))
      await write(tx, 1)
    })
    assert.deepEqual(told, ['second'])
    assert.equal((await warned).message, 'a listener failed')
    assert.deepEqual(await ids(), [1])
  })

  it('lets a listener begin a transaction', async () => {
    const followed = Promise.withResolvers<number[]>()
    await ground.database.transaction(async (tx) => {
      tx.committed(() => ids().then(followed.resolve, followed.reject))
      await write(tx, 7)
    })
    assert.deepEqual(await followed.promise, [7])
  })

  it('throws TransactionEnded at whatever is asked of it afterwards', async () => {
    for (const end of ['commit', 'rollback']) {
      const kept: Transaction[] = []
      const work = ground.database.transaction(async (tx) => {
        kept.push(tx)
        if (end === 'rollback') throw new Error('no')
      })
      await work.catch(() => {})
      const [ended] = kept
      assert.ok(ended)
      await assert.rejects(write(ended, 1), TransactionEnded)
      assert.throws(() => ended.append({ topic: 't', key: 'k', body: {} }), TransactionEnded)
      assert.throws(() => ended.committed(() => {}), TransactionEnded)
    }
    assert.deepEqual(await ids(), [])
  })

  it('lets no query slip out that nobody awaited', async () => {
    let stray: Promise<unknown> | undefined
    await ground.database.transaction(async (tx) => {
      stray = new Promise((resolve) => setImmediate(resolve)).then(() => write(tx, 1))
      stray.catch(() => {})
    })
    await assert.rejects(async () => stray, TransactionEnded)
    assert.deepEqual(await ids(), [])
  })

  it('refuses to begin, and to take a bare connection, inside another one', async () => {
    await ground.database.transaction(async (tx) => {
      assert.equal(ground.database.insideTransaction(), true)
      await assert.rejects(
        ground.database.transaction(async () => {}),
        /inside another one/,
      )
      await assert.rejects(
        ground.database.snapshot(async () => {}),
        /inside another one/,
      )
      await assert.rejects(
        ground.database.connected(async () => {}),
        /inside a transaction/,
      )
      await assert.rejects(
        tx
          .sql()
          .transaction()
          .execute(async () => {}),
        /already open/,
      )
      await write(tx, 1)
    })
    assert.equal(ground.database.insideTransaction(), false)
    assert.deepEqual(await ids(), [1])
  })

  it('does not hold up those that come after one that failed', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) =>
        ground.database.transaction(async (tx) => {
          await write(tx, n)
          if (n % 3 === 0) throw new Error(`refused ${n}`)
          if (n % 3 === 1) await write(tx, n)
          return n
        }),
      ),
    )
    const kept = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    assert.deepEqual(await ids(), kept)
    assert.deepEqual(
      kept,
      Array.from({ length: 40 }, (_, n) => n).filter((n) => n % 3 === 2),
    )
  })

  if (kind === 'embedded')
    it('takes turns where there is one connection', async () => {
      let inside = 0
      await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          ground.database.transaction(async (tx) => {
            assert.equal(++inside, 1)
            await write(tx, n)
            await new Promise((resolve) => setImmediate(resolve))
            inside--
          }),
        ),
      )
    })

  it('lets a heartbeat pass everyone who waits', async () => {
    const ended: string[] = []
    const gate = Promise.withResolvers<void>()
    const work = Array.from({ length: 30 }, async (_, n) => {
      await ground.database.transaction(async (tx) => {
        await gate.promise
        await write(tx, n)
      })
      ended.push('work')
    })
    const beat = ground.database.heartbeat((c) => c.query('select 1')).then(() => void ended.push('beat'))
    // Where there is one connection, it waits for the one transaction that is open, and for no other.
    if (kind === 'shared') await beat
    gate.resolve()
    await Promise.all([...work, beat])
    assert.equal(ended.indexOf('beat'), kind === 'shared' ? 0 : 1)
    await assert.rejects(
      ground.database.transaction(() => ground.database.heartbeat((c) => c.query('select 1'))),
      /inside a transaction/,
    )
  })

  it('reads one state in a snapshot and writes nothing there', async () => {
    await ground.database.transaction((tx) => write(tx, 1))
    const refused = ground.database.snapshot((tx) => write(tx, 2))
    await assert.rejects(refused, { code: '25006' })
    assert.deepEqual(await ids(), [1])
  })
})
