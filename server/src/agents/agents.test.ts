// Agents through their operations: states, owners, credentials, and memory that equals the database.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { ProblemCode } from '@mandate/contract'
import type { AgentId, GroupId, UserId } from '../kernel/ids.ts'
import { Problem } from '../kernel/problem.ts'
import type { Agents } from './index.ts'
import { openRoom } from './testing/room.ts'

type Room = Awaited<ReturnType<typeof openRoom>>
const DAY = 86_400_000

describe('agents', () => {
  let room: Room
  let ada: UserId
  let bob: UserId
  before(async () => {
    room = await openRoom()
    ada = await room.user('ada@example.com')
    bob = await room.user('bob@example.com')
  })
  after(() => room.close())

  const register = async (more: Record<string, unknown> = {}) =>
    (await room.call('POST /agents', {
      name: 'Refund bot',
      purpose: 'Refunds orders of customers',
      owners: [ada],
      risk_class: 'medium',
      ...more,
    })) as { id: AgentId; status: string }
  const active = async (more: Record<string, unknown> = {}) => {
    const { id } = await register(more)
    await room.call('POST /agents/{id}/activate', { id })
    return id
  }
  const refuses = (work: Promise<unknown>, code: ProblemCode, field?: string) =>
    assert.rejects(work, (error) => {
      assert.ok(error instanceof Problem, String(error))
      assert.equal(error.code, code)
      if (field !== undefined) assert.equal(error.details.errors?.[0]?.field, field)
      return true
    })
  const secretOf = async (id: AgentId, more: Record<string, unknown> = {}) =>
    (await room.call('POST /agents/{id}/credentials', { id, type: 'client_secret', ...more })) as {
      id: string
      client_secret: string
      expires_at: string
    }

  it('are registered before they may act, then activated, suspended and activated again', async () => {
    const { id, status } = await register()
    assert.equal(status, 'registered')
    assert.equal(room.agents.standing(id), 'registered')
    await room.call('POST /agents/{id}/activate', { id })
    assert.equal(room.agents.standing(id), 'active')
    const suspended = await room.call('POST /agents/{id}/suspend', { id, reason: 'It sent odd mails' })
    assert.equal(suspended.status_reason, 'It sent odd mails')
    assert.equal(room.agents.standing(id), 'suspended')
    assert.equal((await room.call('POST /agents/{id}/activate', { id })).status_reason, null)
  })

  it('cannot take a step their state does not have', async () => {
    const { id } = await register()
    await refuses(room.call('POST /agents/{id}/suspend', { id, reason: 'x' }), 'conflict')
    await room.call('POST /agents/{id}/activate', { id })
    await refuses(room.call('POST /agents/{id}/activate', { id }), 'conflict')
    await room.call('POST /agents/{id}/retire', { id, reason: 'done' })
    for (const [verb, reason] of [['activate'], ['suspend', 'x'], ['retire', 'x']])
      await refuses(room.call(`POST /agents/{id}/${verb}`, { id, ...(reason && { reason }) }), 'conflict')
    await refuses(room.call('PATCH /agents/{id}', { id, name: 'Risen' }), 'conflict')
    await refuses(room.call('POST /agents/{id}/credentials', { id, type: 'client_secret' }), 'conflict')
  })

  it('are stopped only with a reason', async () => {
    const id = await active()
    await refuses(room.call('POST /agents/{id}/suspend', { id }), 'invalid_input', 'reason')
    await refuses(room.call('POST /agents/{id}/retire', { id, reason: '  ' }), 'invalid_input', 'reason')
  })

  it('take everything issued to them along when they are suspended or retired', async () => {
    for (const verb of ['suspend', 'retire']) {
      const id = await active()
      const before = room.tail.position
      assert.equal(room.revocations.dead([id], before), false)
      await room.call(`POST /agents/{id}/${verb}`, { id, reason: 'stop' })
      assert.equal(room.revocations.dead([id], before), true)
      assert.equal(room.revocations.dead([id], room.tail.position), false)
    }
  })

  it('are not found when they do not exist, whatever is asked of them', async () => {
    const id = 'agt_none'
    assert.equal(room.agents.standing(id), 'unknown')
    for (const [route, input] of [
      ['GET /agents/{id}', {}],
      ['PATCH /agents/{id}', { name: 'x' }],
      ['POST /agents/{id}/activate', {}],
      ['POST /agents/{id}/suspend', { reason: 'x' }],
      ['POST /agents/{id}/retire', { reason: 'x' }],
      ['POST /agents/{id}/credentials', { type: 'client_secret' }],
      ['GET /agents/{id}/credentials', {}],
      ['DELETE /agents/{id}/credentials/{credential}', { credential: 'crd_none' }],
    ] as const)
      await refuses(room.call(route, { id, ...input }), 'not_found')
  })

  it('name only people and agents that exist, and owners who are active', async () => {
    const gone = await room.user('gone@example.com')
    await room.call('POST /users/{id}/deactivate', { id: gone })
    await refuses(register({ owners: [ada, gone] }), 'invalid_input', 'owners[1]')
    await refuses(register({ owners: ['usr_none'] }), 'invalid_input', 'owners[0]')
    await refuses(register({ assigned: { users: ['usr_none'] } }), 'invalid_input', 'assigned.users[0]')
    await refuses(register({ may_delegate_to: ['agt_none'] }), 'invalid_input', 'may_delegate_to[0]')
    const { id } = await register()
    await refuses(room.call('PATCH /agents/{id}', { id, owners: [gone] }), 'invalid_input', 'owners[0]')
    await refuses(room.call('PATCH /agents/{id}', { id, owners: [] }), 'invalid_input', 'owners')
  })

  it('stop being able to act the moment their last owner leaves, and are not activated without one', async () => {
    const [carl, dora] = [await room.user('carl@example.com'), await room.user('dora@example.com')]
    const id = await active({ owners: [carl, dora] })
    await room.call('POST /users/{id}/deactivate', { id: carl })
    assert.equal(room.agents.standing(id), 'active')
    assert.deepEqual(room.agents.accountable(id), [dora])
    await room.call('POST /users/{id}/deactivate', { id: dora })
    assert.equal(room.agents.standing(id), 'unowned')
    assert.deepEqual(room.agents.accountable(id), [])
    await room.call('POST /agents/{id}/suspend', { id, reason: 'nobody answers' })
    await refuses(room.call('POST /agents/{id}/activate', { id }), 'conflict')
    await room.call('PATCH /agents/{id}', { id, owners: [bob] })
    await room.call('POST /agents/{id}/activate', { id })
    assert.equal(room.agents.standing(id), 'active')
  })

  it('keep what a change leaves out', async () => {
    const id = await active({
      max_delegation_depth: 2,
      redirect_uris: ['https://a.example/cb'],
      assigned: { users: [bob] },
    })
    const changed = await room.call('PATCH /agents/{id}', { id, name: 'Renamed' })
    assert.equal(changed.max_delegation_depth, 2)
    assert.deepEqual(changed.redirect_uris, ['https://a.example/cb'])
    assert.equal(room.agents.assigned(id, bob), true)
    assert.deepEqual(await room.call('PATCH /agents/{id}', { id }), changed)
    await refuses(room.call('PATCH /agents/{id}', { id, status: 'active' }), 'invalid_input', 'status')
  })

  it('act for those they are assigned to, by name, by group or as everyone, while these are active', async () => {
    const eve = await room.user('eve@example.com')
    const { id: group } = (await room.call('POST /groups', { name: 'support' })) as { id: GroupId }
    const id = await active()
    assert.equal(room.agents.assigned(id, eve), false)
    await room.call('PATCH /agents/{id}', { id, assigned: { groups: [group] } })
    assert.equal(room.agents.assigned(id, eve), false)
    await room.call('PUT /groups/{id}/members/{user}', { id: group, user: eve })
    assert.equal(room.agents.assigned(id, eve), true)
    await room.call('PATCH /agents/{id}', { id, assigned: {} })
    assert.equal(room.agents.assigned(id, eve), false)
    await room.call('PATCH /agents/{id}', { id, assigned: { everyone: true } })
    assert.equal(room.agents.assigned(id, eve), true)
    assert.equal(room.agents.assigned(id, 'usr_stranger'), false)
    await room.call('POST /users/{id}/deactivate', { id: eve })
    assert.equal(room.agents.assigned(id, eve), false)
  })

  it('show a secret once and keep only its hash', async () => {
    const id = await active()
    const { client_secret } = await secretOf(id)
    assert.equal(room.agents.secretMatches(id, client_secret), true)
    assert.equal(room.agents.secretMatches(id, `${client_secret}x`), false)
    assert.equal(room.agents.secretMatches(await active(), client_secret), false)
    const listed = JSON.stringify(await room.call('GET /agents/{id}/credentials', { id }))
    const dump = await room.database.connected(async (connection) => [
      (await connection.query('select * from agent_credentials')).rows,
      (await connection.query('select body from changes')).rows,
    ])
    for (const text of [listed, JSON.stringify(dump)]) assert.ok(!text.includes(client_secret.slice(4)))
    assert.ok(!listed.includes('hash'))
  })

  it('have two usable credentials at most, however many have ended', async () => {
    const id = await active()
    const first = await secretOf(id, { expires_at: new Date(room.now() + DAY).toISOString() })
    const second = await secretOf(id)
    await refuses(secretOf(id), 'conflict')
    await room.call('DELETE /agents/{id}/credentials/{credential}', { id, credential: second.id })
    assert.equal(room.agents.secretMatches(id, second.client_secret), false)
    await refuses(room.call('DELETE /agents/{id}/credentials/{credential}', { id, credential: second.id }), 'not_found')
    await secretOf(id)
    await refuses(secretOf(id), 'conflict')
    room.pass(DAY)
    assert.equal(room.agents.secretMatches(id, first.client_secret), false)
    await secretOf(id)
  })

  it('never get more than two credentials from requests at the same time', async () => {
    const id = await active()
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => secretOf(id)))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 2)
  })

  it('cannot end the credential of another agent', async () => {
    const [mine, other] = [await active(), await active()]
    const { id: credential, client_secret } = await secretOf(other)
    await refuses(room.call('DELETE /agents/{id}/credentials/{credential}', { id: mine, credential }), 'not_found')
    assert.equal(room.agents.secretMatches(other, client_secret), true)
  })

  it('lose every credential when they retire', async () => {
    const id = await active()
    const { client_secret } = await secretOf(id)
    await room.call('POST /agents/{id}/retire', { id, reason: 'done' })
    assert.equal(room.agents.secretMatches(id, client_secret), false)
    assert.equal((await room.fresh()).secretMatches(id, client_secret), false)
    const { items } = (await room.call('GET /agents/{id}/credentials', { id })) as { items: { revoked_at: string }[] }
    assert.ok(items.every(({ revoked_at }) => revoked_at !== null))
  })

  it('have no usable credential from the change of state on, even before the credentials say so', async () => {
    const id = await active()
    const { client_secret } = await secretOf(id)
    const memory = await room.fresh()
    assert.equal(memory.secretMatches(id, client_secret), true)
    const body = { ...memory.agent(id), status: 'retired' }
    memory.apply({ position: room.tail.position + 1, topic: 'agents.agent', key: id, body })
    assert.equal(memory.secretMatches(id, client_secret), false)
  })

  it('register public keys, and refuse a key set and a secret in one', async () => {
    const id = await active()
    const key = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
    const jwks = { keys: [key] }
    await refuses(secretOf(id, { jwks }), 'invalid_input', 'jwks')
    await refuses(room.call('POST /agents/{id}/credentials', { id, type: 'private_key_jwt' }), 'invalid_input', 'jwks')
    const given = await room.call('POST /agents/{id}/credentials', { id, type: 'private_key_jwt', jwks })
    assert.equal(given.client_secret, undefined)
    assert.equal(given.client_id, id)
    assert.deepEqual(room.agents.keys(id)[0]?.x, key.x)
    assert.deepEqual(room.agents.keys(id, room.now() + 91 * DAY), [])
    assert.equal(room.agents.secretMatches(id, ''), false)
  })

  it('are listed page by page', async () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const input = { limit: 2, ...(cursor !== undefined && { cursor }) }
      const { items, next_cursor } = (await room.call('GET /agents', input)) as {
        items: { id: string }[]
        next_cursor: string | null
      }
      seen.push(...items.map(({ id }) => id))
      cursor = next_cursor ?? undefined
    } while (cursor !== undefined)
    assert.deepEqual([...seen].sort(), [...room.agents.all()].map(({ id }) => id as string).sort())
    assert.equal(new Set(seen).size, seen.length)
  })

  it('are the same in a memory that followed every change and in one loaded now', async () => {
    const view = (agents: Agents) =>
      [...agents.all()]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map((agent) => ({
          agent,
          standing: agents.standing(agent.id),
          accountable: agents.accountable(agent.id),
          keys: agents.keys(agent.id),
          delegates: agents.mayDelegateTo(agent.id),
          depth: agents.maxDepth(agent.id),
        }))
    const followed = view(room.agents)
    assert.ok(followed.length > 15)
    assert.deepEqual(view(await room.fresh()), followed)
  })
})
