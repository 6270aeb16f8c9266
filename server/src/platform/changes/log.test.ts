// The change log on either database: dense positions, revocations at their exact position, a trim that leaves no gap.
import assert from 'node:assert/strict'
import { after, before, beforeEach, it } from 'node:test'
import type { NewChange } from '../database/index.ts'
import { CHANGE_LOG, eachDatabase, type TestDatabase, testDatabase } from '../database/test-database.ts'
import { revoke, trimChanges } from './index.ts'

eachDatabase('the change log', (kind) => {
  let ground: TestDatabase
  before(async () => {
    ground = await testDatabase({ kind, migrations: [CHANGE_LOG] })
  })
  beforeEach(() => ground.database.connected((c) => c.script('truncate changes, revocations, replicas')))
  after(() => ground.close())

  const all = (text: string) => ground.database.connected(async (c) => (await c.query(text)).rows)
  const append = (...changes: NewChange[]) =>
    new Promise<number | undefined>((resolve, reject) => {
      const work = ground.database.transaction(async (tx) => {
        for (const change of changes) tx.append(change)
        tx.committed(resolve)
      })
      work.catch(reject)
    })
  const note = (key: string, body: unknown = {}) => ({ topic: 'test.note', key, body })

  it('gives out positions without a gap, in the order of the appends', async () => {
    assert.equal(await append(note('a'), note('b')), 2)
    await assert.rejects(
      ground.database.transaction(async (tx) => {
        tx.append(note('lost'))
        tx.append({ topic: 'revocation', key: 'usr_1', body: {} })
      }),
      { code: '23502' },
    )
    assert.equal(await append(note('c')), 3)
    const rows = await all('select position, key from changes order by position')
    assert.deepEqual(rows, [
      { position: 1, key: 'a' },
      { position: 2, key: 'b' },
      { position: 3, key: 'c' },
    ])
  })

  it('keeps bodies as they were given', async () => {
    const bodies = [{ deep: [{ a: null }] }, [], 'text " \\ \u2028', 7, false, null, { empty: {} }]
    await append(...bodies.map((body, n) => note(String(n), body)))
    const rows = await all('select body from changes order by position')
    assert.deepEqual(
      rows.map(({ body }) => body),
      bodies,
    )
  })

  it('keeps a revoked link at the position of its latest revocation', async () => {
    await append(note('before'))
    await ground.database.transaction(async (tx) => {
      revoke(tx, 'usr_1', 'left')
      tx.append(note('between'))
      revoke(tx, 'agt_1', 'stolen')
      revoke(tx, 'usr_1', 'left again')
    })
    const rows = await all('select link, position, reason from revocations order by link')
    assert.deepEqual(rows, [
      { link: 'agt_1', position: 4, reason: 'stolen' },
      { link: 'usr_1', position: 5, reason: 'left again' },
    ])
    await ground.database.transaction(async (tx) => revoke(tx, 'agt_1', 'again'))
    assert.deepEqual(await all(`select position from revocations where link = 'agt_1'`), [{ position: 6 }])
  })

  it('is trimmed from the front only, never past an entry that is young or the newest', async () => {
    await append(...['1', '2', '3', '4', '5'].map((key) => note(key)))
    const trim = (seconds: number) => ground.database.connected((c) => trimChanges(c, seconds))
    const positions = async () =>
      (await all('select position from changes order by position')).map(({ position }) => position)
    assert.equal(await trim(3600), 0)
    // Entry 4 was appended by a transaction that began long before the one of entry 3.
    await all(`update changes set at = now() - interval '2 hours' where position in (1, 2, 4)`)
    assert.equal(await trim(3600), 2)
    assert.deepEqual(await positions(), [3, 4, 5])
    await all(`update changes set at = now() - interval '2 hours'`)
    assert.equal(await trim(3600), 2)
    assert.deepEqual(await positions(), [5])
    assert.equal(await append(note('6')), 6)
  })

  it('of nothing can be trimmed', async () => {
    assert.equal(await ground.database.connected((c) => trimChanges(c, 0)), 0)
  })
})
