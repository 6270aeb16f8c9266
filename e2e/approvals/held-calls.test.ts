// A call that needs a person's yes: held, shown exactly, released once.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { answer, approvalIn, asPerson, callHttp, signedIn } from '../testing/approving.ts'
import type { Browser } from '../testing/browser.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'
import { mcpClient, rawMcp } from '../testing/mcp.ts'
import { exchange, signInAt } from '../testing/shop.ts'

eachHouse('a call that needs approval', (house) => {
  let dana: Browser
  let token = ''
  let mcpToken = ''
  let order = ''
  const refund = (amount: number, more: object = {}) => ({
    token,
    path: `orders-api/orders/${order}/refund`,
    body: { amount, reason: 'arrived broken' },
    ...more,
  })
  const refunds = () => house.upstreams.book.changes().filter(({ kind }) => kind === 'refund')

  before(async () => {
    const { admin, agent, connections, dana: person } = house.shop
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${connections.api}`, {
      scopes: { 'GET /orders/{id}': 'auto', 'POST /orders/{id}/refund': 'approval' },
      approval: { approvers: 'user' },
    })
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${connections.mcp}`, {
      scopes: { get_order: 'auto', refund_order: 'approval', close_account: 'never' },
      approval: { approvers: ['user'], above: { amount: 5000 } },
      reason: 'Small refunds are worth nobody’s time.',
    })
    const { access_token: subject } = await signInAt(house.issuer, { agent, person })
    token = (await exchange(house.issuer, agent, subject, `${house.issuer}/mcp/orders-api`)).body.access_token
    mcpToken = (await exchange(house.issuer, agent, subject, `${house.issuer}/mcp/orders`)).body.access_token
    dana = await signedIn(house.issuer, person)
    const { book } = house.upstreams
    order =
      person.orders.find((id) => {
        const { status, total } = book.order(id)
        return ['paid', 'shipped', 'delivered'].includes(status) && total > 20_000
      }) ?? ''
    assert.notEqual(order, '', 'Dana has an order that money can be paid back for')
  })

  test('without a yes nothing is done, and the refusal says what to wait for', async () => {
    const before = refunds().length
    const asked = await callHttp(house.issuer, refund(101))
    assert.equal(asked.status, 403)
    assert.equal(asked.body.code, 'approval_required')
    assert.match(asked.body.approval.id, /^apr_/)
    assert.ok(Date.parse(asked.body.approval.expires_at) > Date.now())
    assert.equal(asked.body.approval.uri, `${house.issuer}/approvals/${asked.body.approval.id}`)
    assert.equal(refunds().length, before)
    const again = await callHttp(house.issuer, refund(101))
    assert.equal(again.body.approval.id, asked.body.approval.id, 'the same question is asked once')
  })

  test('the person sees exactly what will be sent, says yes, and the identical call goes through once', async () => {
    const id = approvalIn((await callHttp(house.issuer, refund(102))).text)
    const seen = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: `/approvals/${id}` })
    assert.equal(seen.status, 200)
    const { verified, may_answer, status, hash } = seen.body
    assert.deepEqual([status, may_answer], ['pending', true])
    assert.equal(verified.action, 'POST /orders/{id}/refund')
    assert.deepEqual(verified.arguments.body, { amount: 102, reason: 'arrived broken' })
    assert.equal(verified.arguments.path, `/orders/${order}/refund`)
    assert.equal(verified.user.id, house.shop.dana.id)
    assert.equal(verified.agents[0].id, house.shop.agent.id)
    assert.equal(verified.effect, 'irreversible')
    assert.equal(seen.body.claimed.message, 'arrived broken')
    const said = await answer(dana, { issuer: house.issuer, id, say: 'approve', body: { hash } })
    assert.equal(said.status, 200, JSON.stringify(said.body))
    const before = refunds().length
    const done = await callHttp(house.issuer, refund(102))
    assert.equal(done.status, 201, done.text)
    assert.equal(refunds().length, before + 1)
    const replayed = await callHttp(house.issuer, refund(102))
    assert.equal(replayed.status, 403)
    assert.notEqual(replayed.body.approval.id, id, 'used up: a second one needs a second yes')
    const after = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: `/approvals/${id}` })
    assert.deepEqual([after.body.status, after.body.outcome], ['consumed', 'done'])
  })

  test('a yes to show the answer to some people is no yes to show it to others', async () => {
    const to = (audience: string) => callHttp(house.issuer, refund(108, { headers: { 'mandate-audience': audience } }))
    const { dana: person, eve } = house.shop
    assert.equal((await to(eve.id)).status, 404, 'Eve may not see the order')
    const id = approvalIn((await to(person.id)).text)
    const seen = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: `/approvals/${id}` })
    assert.deepEqual(seen.body.verified.arguments.audience, [person.id])
    await answer(dana, { issuer: house.issuer, id, say: 'approve', body: { hash: seen.body.hash } })
    const before = refunds().length
    const alone = await callHttp(house.issuer, refund(108))
    assert.equal(alone.status, 403)
    assert.notEqual(alone.body.approval.id, id)
    assert.equal(refunds().length, before)
    assert.equal((await to(person.id)).status, 201)
    assert.equal(refunds().length, before + 1)
  })

  test('a held call goes on the moment a person says yes, over HTTP', async () => {
    const held = callHttp(house.issuer, refund(103, { wait: 20 }))
    const id = await waiting(103)
    await answer(dana, { issuer: house.issuer, id, say: 'approve' })
    const done = await held
    assert.equal(done.status, 201, done.text)
  })

  test('a held call over MCP hears that it waits, and goes on; below the threshold nobody is asked', async () => {
    const client = await mcpClient(house.issuer, 'orders', () => mcpToken)
    const small = { order_id: order, amount: 104, reason: 'late' }
    const soon = await client.callTool({ name: 'refund_order', arguments: small })
    assert.notEqual(soon.isError, true, JSON.stringify(soon))
    const heard: (string | undefined)[] = []
    const large = { order_id: order, amount: 5001, reason: 'broken' }
    const held = client.callTool({ name: 'refund_order', arguments: large }, undefined, {
      onprogress: ({ message }) => heard.push(message),
      resetTimeoutOnProgress: true,
    })
    const id = await waiting(5001)
    await eventually(async () => (heard.length > 0 ? true : undefined), 15_000)
    await answer(dana, { issuer: house.issuer, id, say: 'approve' })
    const result = await held
    assert.notEqual(result.isError, true, JSON.stringify(result))
    assert.match(String(heard[0]), /Waiting for a person/)
    await client.close()
  })

  test('a no is a no, also for the next identical call', async () => {
    const held = callHttp(house.issuer, refund(105, { wait: 20 }))
    const id = await waiting(105)
    const said = await answer(dana, { issuer: house.issuer, id, say: 'deny', body: { reason: 'Not agreed.' } })
    assert.equal(said.status, 200)
    const refused = await held
    assert.equal(refused.status, 403)
    assert.deepEqual(refused.body.reasons, ['approval_denied'])
    const again = await callHttp(house.issuer, refund(105))
    assert.deepEqual(again.body.reasons, ['approval_denied'])
  })

  test('an MCP client that does not wait is told the approval and when it expires', async () => {
    const session = await rawMcp(house.issuer, 'orders', mcpToken)
    const params = { name: 'refund_order', arguments: { order_id: order, amount: 5002, reason: 'x' } }
    const response = await fetch(`${house.issuer}/mcp/orders`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${mcpToken}`, 'content-type': 'application/json', prefer: 'wait=0' },
        ...{ accept: 'application/json, text/event-stream', 'mcp-session-id': session.session },
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params }),
    })
    const { error } = (await response.json()) as { error: { code: number; data: Record<string, unknown> } }
    assert.equal(error.code, -32001)
    assert.equal(error.data.code, 'approval_required')
    assert.match(JSON.stringify(error.data.approval), /apr_[0-9a-z]+.*expires_at/)
  })

  test('the log tells the whole story of one approval', async () => {
    const id = approvalIn((await callHttp(house.issuer, refund(106))).text)
    await answer(dana, { issuer: house.issuer, id, say: 'approve' })
    await callHttp(house.issuer, refund(106))
    const { items } = await house.shop.admin.must('GET', `/api/v1/audit/events?approval=${id}&limit=50`)
    const told = items
      .filter(({ kind }: { kind: string }) => kind === 'outcome')
      .map(({ operation, outcome }: { operation: string; outcome: string }) => `${operation} ${outcome}`)
    assert.deepEqual(told.reverse(), ['gateway.proxy asked', 'approvals.approve done', 'gateway.proxy done'])
  })

  async function waiting(amount: number): Promise<string> {
    return eventually(async () => {
      const { body } = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: '/approvals?status=pending' })
      for (const { id } of body.items) {
        const { body: one } = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: `/approvals/${id}` })
        if (JSON.stringify(one.verified.arguments).includes(`"amount":${amount},`)) return id as string
      }
      return undefined
    })
  }
})
