// How much one agent may ask one person is counted over what waits and what was asked lately, and over nobody else's.
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { newId } from '../kernel/ids.ts'
import { eachDatabase, type TestDatabase, testDatabase } from '../platform/database/test-database.ts'
import { migrationsOf } from '../platform/stored-data.ts'
import { approvalsRoom } from './index.ts'
import { trimApprovals } from './retention.ts'
import { countRecent, decide, findApproval, insertApproval, type NewRow, sealedOf } from './store.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 5, 1)
const CHANGES = { room: 'changes', folder: new URL('../platform/changes/migrations/', import.meta.url) }

eachDatabase('limits on asking', (kind) => {
  let ground: TestDatabase
  const agent = newId('agent', NOW)
  const user = newId('user', NOW)

  before(async () => {
    ground = await testDatabase({ kind, migrations: [CHANGES, ...migrationsOf([approvalsRoom])] })
  })
  after(() => ground.close())

  const row = (more: Partial<NewRow>): NewRow => {
    const id = newId('approval', NOW)
    return {
      ...{ id, kind: 'gateway_call', hash: id, sealed: '', user_id: user, agents: [agent], client: agent, task: null },
      ...{ connection: null, action: 'pay', target: { name: 'bank', host: null }, effect: 'write', links: [] },
      ...{
        position: 0,
        requirements: { all: [] },
        audience: [user],
        hold_seconds: 0,
        handle_hash: null,
        attempt: null,
        summary: null,
        bytes: 0,
      },
      ...{ created_at: new Date(NOW), expires_at: new Date(NOW + HOUR), ...more },
    }
  }
  const counted = () =>
    ground.database.transaction((tx) =>
      countRecent(tx, { agent, user, since: new Date(NOW - 600_000), now: new Date(NOW) }),
    )

  it('counts what still waits, however long ago it was asked', async () => {
    await ground.database.transaction(async (tx) => {
      for (let n = 0; n < 10; n++) await insertApproval(tx, row({ created_at: new Date(NOW - HOUR) }))
      await insertApproval(tx, row({ created_at: new Date(NOW - HOUR), expires_at: new Date(NOW) }))
    })
    assert.deepEqual(await counted(), { recent: 0, waiting: 10, bytes: 0 })
  })

  it('adds up how much waits, and nothing that was answered or ran out', async () => {
    const other = newId('agent', NOW)
    await ground.database.transaction(async (tx) => {
      for (const more of [{}, {}, { expires_at: new Date(NOW) }])
        await insertApproval(tx, row({ agents: [other], bytes: 1000, ...more }))
      const denied = row({ agents: [other], bytes: 1000 })
      await insertApproval(tx, denied)
      await decide(tx, denied.id, { status: 'denied', now: new Date(NOW) })
      const asked = { agent: other, user, since: new Date(NOW), now: new Date(NOW) }
      assert.deepEqual(await countRecent(tx, asked), { recent: 0, waiting: 2, bytes: 2000 })
    })
  })

  it('counts nothing of other agents, other people, or agents further up a chain', async () => {
    await ground.database.transaction(async (tx) => {
      await insertApproval(tx, row({ user_id: newId('user', NOW) }))
      await insertApproval(tx, row({ user_id: null }))
      await insertApproval(tx, row({ agents: [newId('agent', NOW), agent] }))
      await insertApproval(tx, row({}))
    })
    assert.deepEqual(await counted(), { recent: 1, waiting: 11, bytes: 0 })
  })

  it('keeps what was asked for thirty days after it ran out, and the rest for longer', async () => {
    const DAY = 24 * HOUR
    const left = async (now: number) => {
      await ground.database.transaction((tx) => trimApprovals(tx, now))
      return ground.database.transaction(async (tx) => [
        await sealedOf(tx, over.id),
        (await findApproval(tx, over.id))?.status,
      ])
    }
    const over = row({ sealed: 'all of it' })
    await ground.database.transaction(async (tx) => {
      await insertApproval(tx, over)
      await decide(tx, over.id, { status: 'denied', now: new Date(NOW) })
    })
    assert.deepEqual(await left(NOW + HOUR + 30 * DAY), ['all of it', 'denied'])
    assert.deepEqual(await left(NOW + HOUR + 30 * DAY + 1), [null, 'denied'])
    assert.deepEqual(await left(NOW + 400 * DAY), [null, 'denied'])
    assert.deepEqual(await left(NOW + 400 * DAY + 1), [null, undefined])
  })
})
