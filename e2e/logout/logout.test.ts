// Universal logout from outside: a person, an agent, a task, a session; what ends, what is told, and who may do it.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { api } from '../testing/api.ts'
import { answer, approvalIn, asPerson, callHttp, signedIn } from '../testing/approving.ts'
import { Browser } from '../testing/browser.ts'
import { claimsOf } from '../testing/claims.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'
import { BOOTSTRAP } from '../testing/server.ts'
import { exchange, PASSWORD, registerAgent, type Shop, signInAt, tokenRequest } from '../testing/shop.ts'

eachHouse('universal logout', (house) => {
  let order = ''
  const logOut = (type: string, id: string, by = house.shop.admin) =>
    by.must('POST', '/api/v1/universal-logout', { subject: { type, id }, reason: 'The laptop was stolen.' })
  const order_ = (token: string) =>
    callHttp(house.issuer, { token, method: 'GET', path: `orders-api/orders/${house.shop.dana.orders[0]}` })
  const session = async (agent = house.shop.agent, browser = new Browser()) => {
    const signed = await signInAt(house.issuer, { agent, person: house.shop.dana, browser })
    const { body } = await exchange(house.issuer, agent, signed.access_token, `${house.issuer}/mcp/orders-api`)
    return { ...signed, browser, subject: signed.access_token, token: body.access_token as string }
  }
  const dead = async (agent: Shop['agent'], held: Awaited<ReturnType<typeof session>>) => {
    assert.equal((await order_(held.token)).status, 401, 'the token at the connection')
    const again = await exchange(house.issuer, agent, held.subject, `${house.issuer}/mcp/orders-api`)
    assert.ok(again.status >= 400, 'the sign-in cannot be exchanged any more')
    const refreshed = await tokenRequest(house.issuer, agent, {
      grant_type: 'refresh_token',
      refresh_token: held.refresh_token ?? '',
    })
    assert.deepEqual([refreshed.status, refreshed.body.error], [400, 'invalid_grant'])
  }

  before(async () => {
    const { admin, agent, connections, dana } = house.shop
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${connections.api}`, {
      scopes: { 'GET /orders/{id}': 'auto', 'POST /orders/{id}/refund': 'approval' },
    })
    const { book } = house.upstreams
    order = dana.orders.find((id) => ['paid', 'shipped', 'delivered'].includes(book.order(id).status)) ?? ''
  })

  test('a person: sessions, grants, tokens, held calls and approvals end, and every target says so', async () => {
    const held = await session()
    const browser = await signedIn(house.issuer, house.shop.dana)
    assert.equal((await order_(held.token)).status, 200)
    const refund = { token: held.token, path: `orders-api/orders/${order}/refund`, body: { amount: 7, reason: 'late' } }
    const waits = callHttp(house.issuer, { ...refund, wait: 30 })
    const id = await eventually(async () => {
      const { items } = await house.shop.admin.must('GET', '/api/v1/approvals?status=pending')
      return items[0]?.id as string | undefined
    })
    const { confirmed, confirmed_at, replicas, targets, subject } = await logOut('user', house.shop.dana.id)
    assert.equal(confirmed, true)
    assert.ok(confirmed_at)
    assert.ok(replicas.length >= 1)
    assert.deepEqual(subject, { type: 'user', id: house.shop.dana.id })
    const by = Object.fromEntries(targets.map((one: { system: string }) => [one.system, one]))
    for (const system of ['sessions', 'grants', 'tokens', 'held-calls', 'approvals']) {
      assert.equal(by[system]?.result, 'revoked', system)
      assert.ok(by[system]?.verified_at, system)
    }
    assert.ok(by.sessions.count >= 2)
    assert.equal(by['held-calls'].count, 1)
    assert.equal(by.approvals.count, 1)
    const ended = await waits
    assert.equal(ended.status, 403)
    assert.deepEqual(ended.body.reasons, ['access_ended'])
    await dead(house.shop.agent, held)
    const home = await browser.request(`${house.issuer}/`)
    assert.match(home.headers.get('location') ?? '', /^\/sign-in/)
    const seen = await house.shop.admin.must('GET', `/api/v1/approvals/${id}`)
    assert.equal(seen.status, 'cancelled')
    const back = await session()
    assert.equal((await order_(back.token)).status, 200, 'whoever may, signs in again')
  })

  test('an agent: whatever it holds for anybody is dead, its yes cannot be used, and other agents go on', async () => {
    const { admin, owner, connections, agent: other } = house.shop
    const agent = await registerAgent(admin, owner, { name: 'Second assistant' })
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${connections.api}`, {
      scopes: { 'GET /orders/{id}': 'auto', 'POST /orders/{id}/refund': 'approval' },
    })
    const [mine, others] = [await session(agent), await session(other)]
    const refund = { token: mine.token, path: `orders-api/orders/${order}/refund`, body: { amount: 8, reason: 'late' } }
    const id = approvalIn((await callHttp(house.issuer, refund)).text)
    const browser = await signedIn(house.issuer, house.shop.dana)
    await answer(browser, { issuer: house.issuer, id, say: 'approve' })
    await logOut('agent', agent.id)
    await dead(agent, mine)
    assert.equal((await order_(others.token)).status, 200)
    const fresh = await session(agent)
    const before = house.upstreams.book.changes().length
    const again = await callHttp(house.issuer, { ...refund, token: fresh.token })
    assert.equal(again.status, 403, 'the yes of before is not used for who came back')
    assert.notEqual(approvalIn(again.text), id)
    assert.equal(house.upstreams.book.changes().length, before)
  })

  test('a task, a session, a client and a connection each end what stands on them and nothing else', async () => {
    const one = await session()
    const two = await session(house.shop.agent, new Browser())
    await logOut('task', String(claimsOf(one.token).txn))
    assert.equal((await order_(one.token)).status, 401)
    assert.equal((await order_(two.token)).status, 200)
    await logOut('session', String(claimsOf(two.token).sid))
    assert.equal((await order_(two.token)).status, 401)
    const three = await session()
    await logOut('connection', house.shop.connections.mcp)
    assert.equal((await order_(three.token)).status, 200)
    await logOut('connection', house.shop.connections.api)
    assert.equal((await order_(three.token)).status, 401)
  })

  test('what does not exist is not found, and what is written wrongly changes nothing', async () => {
    const { admin } = house.shop
    for (const [type, id] of [
      ['user', 'usr_nobody0000'],
      ['agent', 'agt_nobody0000'],
      ['session', 'ses_nobody0000'],
      ['connection', 'con_nobody0000'],
      ['client', 'nothing'],
      ['task', 'not-a-task'],
    ]) {
      const { status } = await admin.call('POST', '/api/v1/universal-logout', { subject: { type, id }, reason: 'x' })
      assert.equal(status, 404, type)
    }
    const { status, body } = await admin.call('POST', '/api/v1/universal-logout', {
      subject: { type: 'planet', id: 'earth' },
      reason: '',
    })
    assert.deepEqual([status, body.code], [400, 'invalid_input'])
  })

  test('who answers for an agent may stop it; nobody else without a role, and no agent ever', async () => {
    const { admin, dana, connections } = house.shop
    const { id: owner } = await admin.must('POST', '/api/v1/users', {
      ...{ email: 'oksana@example.com', name: 'Oksana', password: PASSWORD },
    })
    const agent = await registerAgent(admin, owner, { name: 'Oksana’s bot' })
    const oksana = await signedIn(house.issuer, { email: 'oksana@example.com', password: PASSWORD })
    const stranger = await signedIn(house.issuer, dana)
    const body = { subject: { type: 'agent', id: agent.id }, reason: 'It behaves oddly.' }
    const ask = { issuer: house.issuer, method: 'POST', path: '/universal-logout', body }
    assert.equal((await asPerson(stranger, ask)).status, 403)
    assert.equal((await asPerson(oksana, ask)).status, 200)
    const other = { ...ask, body: { ...body, subject: { type: 'agent', id: house.shop.agent.id } } }
    assert.equal((await asPerson(oksana, other)).status, 403)
    const stopped = await asPerson(oksana, {
      ...{ issuer: house.issuer, method: 'POST', path: `/agents/${agent.id}/suspend`, body: { reason: 'Odd.' } },
    })
    assert.equal(stopped.status, 200)
    const { token } = await session()
    assert.equal((await api(house.issuer, token).call('POST', '/api/v1/universal-logout', body)).status, 401)
    assert.ok(connections.api)
    const ada = await signedIn(house.issuer, {
      email: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_EMAIL,
      password: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_PASSWORD,
    })
    assert.equal((await asPerson(ada, ask)).status, 200)
  })

  test('a person who is deactivated: a yes of before and what waited for one are cancelled, and stay so', async () => {
    const { admin, agent, dana } = house.shop
    const held = await session()
    const browser = await signedIn(house.issuer, dana)
    const refund = (amount: number) =>
      callHttp(house.issuer, {
        ...{ token: held.token, path: `orders-api/orders/${order}/refund`, body: { amount, reason: 'late' } },
      })
    const approved = approvalIn((await refund(9)).text)
    await answer(browser, { issuer: house.issuer, id: approved, say: 'approve' })
    const waits = approvalIn((await refund(10)).text)
    await admin.must('POST', `/api/v1/users/${dana.id}/deactivate`)
    await dead(agent, held)
    await admin.must('POST', `/api/v1/users/${dana.id}/reactivate`)
    for (const id of [approved, waits])
      assert.equal((await admin.must('GET', `/api/v1/approvals/${id}`)).status, 'cancelled')
    const home = await browser.request(`${house.issuer}/`)
    assert.match(home.headers.get('location') ?? '', /^\/sign-in/)
  })
})
