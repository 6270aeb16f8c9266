// Agents that hand work on: each hop narrows, depth is capped, and stopping one link stops all below it.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { clientCredentials } from '../testing/api.ts'
import { claimsOf } from '../testing/claims.ts'
import { eachHouse } from '../testing/house.ts'
import { rawMcp } from '../testing/mcp.ts'
import { exchange, registerAgent, type Shop, signInAt } from '../testing/shop.ts'

const SECOND = 'https://second.example/agent'
const THIRD = 'https://third.example/agent'
const LEDGER = 'https://ledger.example/'

eachHouse('a chain of agents', (house) => {
  let [first, second, third]: Shop['agent'][] = []
  let subject = ''
  const orders = () => `${house.issuer}/mcp/orders`
  const known = (agent: Shop['agent'] | undefined): Shop['agent'] => {
    assert.ok(agent)
    return agent
  }
  const hop = (agent: Shop['agent'] | undefined, token: string, resource: string, more?: Record<string, string>) =>
    exchange(house.issuer, known(agent), token, resource, more ?? {})
  /** The person's token at the first, then at the second, then at the third agent. */
  const handedOn = async () => {
    const one = await hop(first, subject, SECOND)
    const two = await hop(second, one.body.access_token, THIRD)
    return { one: one.body.access_token as string, two: two.body.access_token as string }
  }

  before(async () => {
    const { admin, owner, connections, dana } = house.shop
    third = await registerAgent(admin, owner, { name: 'Third', max_delegation_depth: 3 })
    second = await registerAgent(admin, owner, { name: 'Second', may_delegate_to: [third.id] })
    first = await registerAgent(admin, owner, { name: 'First', may_delegate_to: [second.id], max_delegation_depth: 3 })
    const resource = async (identifier: string, agent: string | undefined, scopes: string[]) => {
      const body = { identifier, name: identifier, scopes: scopes.map((name) => ({ name, effect: 'read' })) }
      return (await admin.must('POST', '/api/v1/resources', { ...body, ...(agent && { agent }) })).id
    }
    const targets = {
      second: await resource(SECOND, second.id, ['work']),
      third: await resource(THIRD, third.id, ['work']),
      ledger: await resource(LEDGER, undefined, ['read', 'write']),
    }
    const grant = (agent: Shop['agent'], target: string, scopes: Record<string, string>) =>
      admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${target}`, { scopes, reason: 'for the test' })
    for (const agent of [first, second, third]) {
      await grant(agent, targets.second, { work: 'auto' })
      await grant(agent, targets.third, { work: 'auto' })
    }
    await grant(first, targets.ledger, { read: 'auto', write: 'never' })
    await grant(second, targets.ledger, { read: 'auto', write: 'auto' })
    await grant(third, targets.ledger, { read: 'auto', write: 'auto' })
    await grant(first, connections.mcp, { get_order: 'auto', refund_order: 'never' })
    await grant(second, connections.mcp, { get_order: 'auto', refund_order: 'auto' })
    await grant(third, connections.mcp, { get_order: 'auto', refund_order: 'auto', list_orders: 'auto' })
    subject = (await signInAt(house.issuer, { agent: first, person: dana })).access_token
  })

  test('two hops on, the token is still the person’s, and names every agent on the way', async () => {
    const { one, two } = await handedOn()
    const at = await hop(third, two, orders(), { scope: 'use' })
    assert.equal(at.status, 200, JSON.stringify(at.body))
    const claims = claimsOf(at.body.access_token)
    assert.equal(claims.sub, house.shop.dana.id)
    const link = (sub: string | undefined, act?: object) => ({
      ...{ sub, iss: house.issuer, sub_profile: 'ai_agent' },
      ...(act && { act }),
    })
    assert.deepEqual(claims.act, link(third?.id, link(second?.id, link(first?.id))))
    for (const name of ['txn', 'del'] as const) assert.equal(claims[name], claimsOf(one)[name])
    assert.ok(Number(claims.exp) <= Number(claimsOf(two).exp))
    assert.ok(Number(claimsOf(two).exp) <= Number(claimsOf(one).exp))
    const session = await rawMcp(house.issuer, 'orders', at.body.access_token)
    const [order] = house.shop.dana.orders
    assert.match((await session.callTool('get_order', { order_id: order })).body, new RegExp(String(order)))
  })

  test('what an earlier agent may not, no later one may for it', async () => {
    const { two } = await handedOn()
    const { body } = await hop(third, two, orders(), { scope: 'use' })
    const session = await rawMcp(house.issuer, 'orders', body.access_token)
    const refund = { order_id: house.shop.dana.orders[0], amount: 1, reason: 'through another' }
    assert.match((await session.callTool('refund_order', refund)).body, /never:refund_order/)
    assert.match((await session.callTool('list_orders', {})).body, /never:list_orders/)
    assert.deepEqual(house.upstreams.book.changes(), [])
    const written = await hop(third, two, LEDGER, { scope: 'write' })
    assert.equal(written.body.error, 'invalid_scope')
    assert.equal((await hop(third, two, LEDGER)).body.scope, 'read')
  })

  test('an agent hands on only to whom it lists, and only what was addressed to it', async () => {
    const { one, two } = await handedOn()
    const { agent } = house.shop
    for (const [who, token, why] of [
      [third, one, 'addressed to the second'],
      [first, two, 'addressed to the third'],
      [agent, one, 'a bystander'],
      [agent, subject, 'issued to the first'],
    ] as const)
      assert.equal((await hop(who, token, orders(), { scope: 'use' })).body.error, 'invalid_request', why)
    // The first does not list the third: the address alone is not enough.
    const straight = await hop(first, subject, THIRD)
    assert.equal((await hop(third, straight.body.access_token, orders())).body.error, 'access_denied')
  })

  test('an actor token must be the actor’s own', async () => {
    const { one } = await handedOn()
    const own = await clientCredentials(house.issuer, { ...known(third), resource: THIRD })
    assert.equal(own.status, 200)
    const asked = { actor_token_type: 'urn:ietf:params:oauth:token-type:access_token' }
    const proven = await hop(second, one, THIRD, { ...asked, actor_token: own.body.access_token })
    // The second asks for the third: both are in the chain.
    assert.equal(proven.status, 200)
    const { act } = claimsOf(proven.body.access_token) as { act: { sub: string; act: { sub: string } } }
    assert.deepEqual([act.sub, act.act.sub], [third?.id, second?.id])
    // The first does not delegate to the third.
    const skipped = await hop(first, subject, THIRD, { ...asked, actor_token: own.body.access_token })
    assert.equal(skipped.body.error, 'access_denied')
    const stolen = await hop(second, one, THIRD, { ...asked, actor_token: one })
    assert.equal(stolen.body.error, 'invalid_request')
    assert.equal((await hop(second, one, THIRD, { actor_token: own.body.access_token })).body.error, 'invalid_request')
  })

  test('beyond the depth that any agent of the chain allows there is no token', async () => {
    const { admin } = house.shop
    const { two } = await handedOn()
    await admin.must('PATCH', `/api/v1/agents/${first?.id}`, { max_delegation_depth: 2 })
    const deep = await hop(third, two, orders())
    assert.deepEqual([deep.status, deep.body.error], [400, 'invalid_request'])
    assert.match(deep.body.error_description, /3 deep, 2 is allowed/)
    await admin.must('PATCH', `/api/v1/agents/${first?.id}`, { max_delegation_depth: 3 })
    assert.equal((await hop(third, two, orders())).status, 200)
  })

  test('suspending the first agent kills what the third holds', async () => {
    const { two } = await handedOn()
    const { body } = await hop(third, two, orders(), { scope: 'use' })
    const session = await rawMcp(house.issuer, 'orders', body.access_token)
    await house.shop.admin.must('POST', `/api/v1/agents/${first?.id}/suspend`, { reason: 'the first link' })
    const order_id = house.shop.dana.orders[0]
    assert.equal((await session.callTool('get_order', { order_id })).status, 401)
    assert.equal((await hop(third, two, orders())).body.error, 'invalid_request')
    // Not even when it may act again: what was issued before stays dead.
    await house.shop.admin.must('POST', `/api/v1/agents/${first?.id}/activate`, {})
    assert.equal((await session.callTool('get_order', { order_id })).status, 401)
  })
})
