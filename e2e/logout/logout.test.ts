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
import {
  codeFor,
  endpoint,
  exchange,
  PASSWORD,
  registerAgent,
  type Shop,
  signInAt,
  tokenRequest,
} from '../testing/shop.ts'

eachHouse('universal logout', (house) => {
  let order = ''
  const logOut = (type: string, id: string, more: { hold?: boolean } = {}) =>
    house.shop.admin.must('POST', '/api/v1/universal-logout', {
      subject: { type, id },
      reason: 'The laptop was stolen.',
      ...more,
    })
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
    const ended = await logOut('agent', agent.id, { hold: false })
    assert.deepEqual([ended.new_sign_ins, ended.release], ['work_at_once', null])
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

  test('a task is never continued: not by its refresh token, its sign-in, a code of before, an application or a restart', async () => {
    const { admin, agent, dana } = house.shop
    const resource = `${house.issuer}/mcp/orders-api`
    const app = await admin.must('POST', '/api/v1/clients', {
      ...{ name: 'Shop', type: 'web', redirect_uris: [agent.redirect], may_act: agent.id },
    })
    const identifier = 'https://shop.example/api'
    await admin.must('POST', '/api/v1/resources', { identifier, name: 'Shop', scopes: [{ name: 'browse' }] })
    const atShop = { person: dana, resource: identifier, scope: 'openid offline_access browse' }
    const shop = { id: app.client_id as string, secret: app.client_secret as string, redirect: agent.redirect }
    const held = await session()
    const { browser } = held
    const atApp = await signInAt(house.issuer, { ...atShop, agent: shop, browser })
    const subjects = [held.subject, atApp.access_token]
    const through = await exchange(house.issuer, agent, atApp.access_token, resource)
    const { txn } = claimsOf(held.token)
    assert.equal(claimsOf(through.body.access_token).txn, txn, 'one session and agent have one task')
    const code = await codeFor(house.issuer, { agent, person: dana, browser, resource, scope: 'openid use' })
    const ended = await logOut('task', String(txn))
    assert.deepEqual([ended.new_sign_ins, ended.release], ['work_at_once', null])

    for (const round of ['at once', 'after a restart']) {
      await dead(agent, held)
      for (const subject of subjects) {
        const again = await exchange(house.issuer, agent, subject, resource)
        assert.deepEqual([again.status, again.body.access_token], [400, undefined], round)
      }
      assert.equal((await tokenRequest(house.issuer, agent, code)).body.error, 'invalid_grant', round)
      const refreshed = await tokenRequest(house.issuer, shop, {
        ...{ grant_type: 'refresh_token', refresh_token: String(atApp.refresh_token) },
      })
      if (refreshed.status === 200) {
        atApp.refresh_token = refreshed.body.refresh_token as string
        subjects.push(refreshed.body.access_token as string)
      }
      if (round === 'at once') await house.restart()
    }
    assert.ok(subjects.length > 2, 'the application itself goes on')

    const back = await session(agent, browser)
    assert.equal((await order_(back.token)).status, 200, 'whoever may, signs in again in the same browser')
    assert.notEqual(claimsOf(back.token).txn, txn)
    const anew = await signInAt(house.issuer, { ...atShop, agent: shop, browser })
    assert.equal((await exchange(house.issuer, agent, anew.access_token, resource)).status, 200)
  })

  test('a connection: no sign-in of before reaches it, new ones do at once, and on hold nobody does until it is released', async () => {
    const { admin, agent, connections } = house.shop
    const resource = `${house.issuer}/mcp/orders-api`
    const held = await session()
    const other = await exchange(house.issuer, agent, held.subject, `${house.issuer}/mcp/orders`)
    const ended = await logOut('connection', connections.api)
    assert.deepEqual([ended.new_sign_ins, ended.release], ['work_at_once', null])
    for (const subject of [held.subject, other.body.access_token as string])
      assert.equal((await exchange(house.issuer, agent, subject, resource)).body.error, 'invalid_grant')
    const { body } = await tokenRequest(house.issuer, agent, {
      ...{ grant_type: 'refresh_token', refresh_token: String(held.refresh_token) },
    })
    assert.equal((await exchange(house.issuer, agent, body.access_token, resource)).body.error, 'invalid_grant')
    const elsewhere = await exchange(house.issuer, agent, body.access_token, `${house.issuer}/mcp/orders`)
    assert.equal(elsewhere.status, 200, 'what was not logged out goes on')
    const fresh = await session(agent, held.browser)
    assert.equal((await order_(fresh.token)).status, 200)

    const on = await logOut('connection', connections.api, { hold: true })
    const release = `/api/v1/connections/${connections.api}/release`
    assert.deepEqual([on.new_sign_ins, on.release], ['refused_until_released', `POST ${release}`])
    assert.equal((await order_(fresh.token)).status, 401)
    const refused = [
      await exchange(
        house.issuer,
        agent,
        (await signInAt(house.issuer, { agent, person: house.shop.dana })).access_token,
        resource,
      ),
      await tokenRequest(house.issuer, agent, { grant_type: 'client_credentials', resource }),
    ]
    for (const { status, body: why } of refused) assert.deepEqual([status, why.error], [400, 'invalid_target'])
    await house.restart()
    assert.equal(
      (await admin.must('GET', `/api/v1/connections/${connections.api}`)).hold.reason,
      'The laptop was stolen.',
    )
    assert.equal((await admin.must('POST', release)).hold, null)
    assert.equal((await admin.call('POST', release)).status, 409)
    assert.equal((await exchange(house.issuer, agent, fresh.subject, resource)).body.error, 'invalid_grant')
    assert.equal((await order_((await session()).token)).status, 200)
  })

  test('an agent is on hold after its logout until it is activated, and then nothing of before counts', async () => {
    const { admin, owner, connections, dana } = house.shop
    const agent = await registerAgent(admin, owner, { name: 'Held assistant' })
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${connections.api}`, {
      scopes: { 'GET /orders/{id}': 'auto' },
    })
    const resource = `${house.issuer}/mcp/orders-api`
    const held = await session(agent)
    const code = await codeFor(house.issuer, { agent, person: dana, browser: held.browser, resource })
    const asked = await endpoint(house.issuer, '/bc-authorize', agent, { scope: 'openid', login_hint: dana.id })
    const approval = (await admin.must('GET', '/api/v1/approvals?status=pending')).items[0].id as string
    await answer(await signedIn(house.issuer, dana), { issuer: house.issuer, id: approval, say: 'approve' })
    const ended = await logOut('agent', agent.id)
    const release = `/api/v1/agents/${agent.id}/activate`
    assert.deepEqual([ended.new_sign_ins, ended.release], ['refused_until_released', `POST ${release}`])
    await assert.rejects(session(agent, new Browser()))
    assert.equal((await order_(held.token)).status, 401)
    await admin.must('POST', release, {})
    await dead(agent, held)
    assert.equal((await tokenRequest(house.issuer, agent, code)).body.error, 'invalid_grant')
    const polled = await tokenRequest(house.issuer, agent, {
      ...{ grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: String(asked.body.auth_req_id) },
    })
    assert.equal(polled.status, 400)
    assert.equal((await order_((await session(agent)).token)).status, 200)
  })

  test('a hold is for agents and connections, and is refused for anybody else', async () => {
    for (const type of ['user', 'session', 'client', 'task']) {
      const id = type === 'user' ? house.shop.dana.id : 'txn_1'
      const { status, body } = await house.shop.admin.call('POST', '/api/v1/universal-logout', {
        ...{ subject: { type, id }, reason: 'x', hold: true },
      })
      assert.deepEqual([status, body.code], [400, 'invalid_input'])
    }
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
    assert.equal(stopped.status, 409, 'the logout has stopped it already')
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
