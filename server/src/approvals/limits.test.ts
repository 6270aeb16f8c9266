// How much one agent may ask one person is counted over what waits and what was asked lately, and over nobody else's.
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { newId } from '../kernel/ids.ts'
import { eachDatabase, type TestDatabase, testDatabase } from '../platform/database/test-database.ts'
import { approvalsMigrations } from './index.ts'
import { countRecent, insertApproval, type NewRow } from './store.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 5, 1)
const CHANGES = { room: 'changes', folder: new URL('../platform/changes/migrations/', import.meta.url) }

eachDatabase('limits on asking', (kind) => {
  let ground: TestDatabase
  const agent = newId('agent', NOW)
  const user = newId('user', NOW)

  before(async () => {
    ground = await testDatabase({ kind, migrations: [CHANGES, approvalsMigrations] })
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

  it('counts nothing of other agents, other people, or agents further up a chain', async () => {
    await ground.database.transaction(async (tx) => {
      await insertApproval(tx, row({ user_id: newId('user', NOW) }))
      await insertApproval(tx, row({ user_id: null }))
      await insertApproval(tx, row({ agents: [newId('agent', NOW), agent] }))
      await insertApproval(tx, row({}))
    })
    assert.deepEqual(await counted(), { recent: 1, waiting: 11, bytes: 0 })
  })
})
