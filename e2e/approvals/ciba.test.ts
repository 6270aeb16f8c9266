// An agent asks a person out of band (CIBA), with a client that others wrote, and gets one token for what was agreed to.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as oauth from 'openid-client'
import { api } from '../testing/api.ts'
import { answer, asPerson, signedIn } from '../testing/approving.ts'
import type { Browser } from '../testing/browser.ts'
import { claimsOf } from '../testing/claims.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'
import { endpoint, exchange, PASSWORD, signInAt, tokenRequest } from '../testing/shop.ts'

const PAYMENTS = 'https://payments.example/'
const LEDGER = 'https://ledger.example/'
const CIBA = 'urn:openid:params:grant-type:ciba'

eachHouse('an agent asks out of band', (house) => {
  let dana: Browser
  let eve: Browser
  const ask = (form: Record<string, string> = {}) =>
    endpoint(house.issuer, '/bc-authorize', house.shop.agent, {
      login_hint: JSON.stringify({ format: 'iss_sub', iss: `${house.issuer}/`, sub: house.shop.dana.id }),
      scope: 'openid pay',
      resource: PAYMENTS,
      binding_message: 'Refund for the broken kettle',
      ...form,
    })
  const poll = (auth_req_id: string, client = house.shop.agent) =>
    tokenRequest(house.issuer, client, { grant_type: CIBA, auth_req_id })
  const waiting = async (): Promise<string> => {
    const { body } = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: '/approvals?status=pending' })
    return body.items[0].id
  }

  before(async () => {
    const { admin, agent, dana: one, eve: other } = house.shop
    const { id } = await admin.must('POST', '/api/v1/resources', {
      identifier: PAYMENTS,
      name: 'Payments',
      scopes: [
        { name: 'pay', description: 'Pays money back', effect: 'irreversible' },
        { name: 'read', effect: 'read' },
        { name: 'close', effect: 'irreversible' },
      ],
    })
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${id}`, {
      scopes: { pay: 'approval', read: 'auto', close: 'never' },
    })
    dana = await signedIn(house.issuer, one)
    eve = await signedIn(house.issuer, other)
  })

  test('a client that others wrote asks, polls, and gets a token and an ID token that it verifies', async () => {
    const { agent } = house.shop
    const config = await oauth.discovery(
      new URL(house.issuer),
      agent.id,
      undefined,
      oauth.ClientSecretBasic(agent.secret),
      {
        execute: [oauth.allowInsecureRequests],
      },
    )
    const details = [{ type: 'payment', amount: 40_000, currency: 'EUR', payee: 'Dana Okafor' }]
    const asked = await oauth.initiateBackchannelAuthentication(config, {
      ...{ login_hint: house.shop.dana.id, scope: 'openid pay', resource: PAYMENTS },
      ...{ binding_message: 'Refund for order 1', authorization_details: JSON.stringify(details) },
    })
    const id = await waiting()
    const seen = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: `/approvals/${id}` })
    assert.deepEqual(seen.body.verified.arguments.authorization_details, details)
    assert.equal(seen.body.claimed.message, 'Refund for order 1')
    assert.equal((await answer(dana, { issuer: house.issuer, id, say: 'approve' })).status, 200)
    const tokens = await oauth.pollBackchannelAuthenticationGrant(config, { ...asked, interval: 1 })
    assert.equal(tokens.claims()?.sub, house.shop.dana.id)
    assert.equal(tokens.refresh_token, undefined)
    assert.ok((tokens.expires_in ?? 0) <= 300)
    const claims = claimsOf(tokens.access_token)
    assert.deepEqual(
      [claims.aud, claims.scope, claims.sub, (claims.act as { sub: string }).sub],
      [PAYMENTS, 'pay', house.shop.dana.id, agent.id],
    )
    assert.deepEqual(claims.authorization_details, details)
    assert.deepEqual(tokens.authorization_details, details)
  })

  test('before the answer it waits, too often is told so with a header, and afterwards it is used up', async () => {
    const { status, body } = await ask()
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual([body.interval, body.expires_in], [5, 300])
    const first = await poll(body.auth_req_id)
    assert.deepEqual([first.status, first.body.error], [400, 'authorization_pending'])
    const second = await poll(body.auth_req_id)
    assert.deepEqual(
      [second.body.error, second.body.interval, second.headers.get('retry-after')],
      ['slow_down', 10, '10'],
    )
    await answer(dana, { issuer: house.issuer, id: await waiting(), say: 'approve' })
    const racing = await Promise.all(Array.from({ length: 20 }, () => poll(body.auth_req_id)))
    assert.equal(racing.filter(({ status }) => status === 200).length, 1)
    assert.ok(racing.every(({ status, body }) => status === 200 || body.error === 'invalid_grant'))
  })

  test('what is to be done is never called reading, whatever scopes stand beside it', async () => {
    const details = JSON.stringify([{ type: 'payment_initiation', amount: 500_000 }])
    for (const [form, effect] of [
      [{ scope: 'openid', resource: '', authorization_details: details, binding_message: 'one' }, 'irreversible'],
      [{ scope: 'openid read', authorization_details: details, binding_message: 'two' }, 'irreversible'],
      [{ scope: 'openid read', binding_message: 'three' }, 'read'],
    ] as const) {
      const { status, body } = await ask(form)
      assert.equal(status, 200, JSON.stringify(body))
      const id = await waiting()
      const seen = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: `/approvals/${id}` })
      assert.equal(seen.body.verified.effect, effect)
      assert.equal((await answer(dana, { issuer: house.issuer, id, say: 'deny' })).status, 200)
    }
  })

  test('a no is access_denied, an expired question expired_token, another agent’s is not known', async () => {
    const denied = (await ask({ requested_expiry: '1', binding_message: 'soon over' })).body
    const other = (await ask()).body
    const id = await waiting()
    await answer(dana, { issuer: house.issuer, id, say: 'deny' })
    assert.equal((await poll(other.auth_req_id)).body.error, 'access_denied')
    const { status, body } = await poll(other.auth_req_id, { ...house.shop.agent, secret: 'wrong' })
    assert.deepEqual([status, body.error], [401, 'invalid_client'])
    for (const handle of ['nothing', `${other.auth_req_id}x`, ''])
      assert.match((await poll(handle)).body.error, /invalid_(grant|request)/)
    const late = await eventually(async () => {
      const { error } = (await poll(denied.auth_req_id)).body
      return error === 'authorization_pending' || error === 'slow_down' ? undefined : error
    })
    assert.equal(late, 'expired_token')
  })

  test('what is asked wrongly is refused with the standard’s code, and nobody is bothered', async () => {
    for (const [form, error] of [
      [{ login_hint: 'usr_nobody' }, 'unknown_user_id'],
      [
        { login_hint: JSON.stringify({ format: 'iss_sub', iss: 'https://evil.example', sub: house.shop.dana.id }) },
        'unknown_user_id',
      ],
      [{ binding_message: 'x'.repeat(200) }, 'invalid_binding_message'],
      [{ binding_message: 'pay\u202e0004' }, 'invalid_binding_message'],
      [{ authorization_details: '[{"type":"a","type":"b"}]' }, 'invalid_authorization_details'],
      [{ authorization_details: '[{"amount":1}]' }, 'invalid_authorization_details'],
      [{ authorization_details: '[{"type":"a","amount":9007199254740993}]' }, 'invalid_authorization_details'],
      [{ scope: 'openid close' }, 'invalid_scope'],
      [{ scope: 'openid nothing' }, 'invalid_scope'],
      [{ scope: 'pay' }, 'invalid_request'],
      [{ resource: `${house.issuer}/api` }, 'invalid_target'],
      [{ resource: 'https://nowhere.example/' }, 'invalid_target'],
    ] as const) {
      const { status, body } = await ask(form)
      assert.ok(status >= 400, JSON.stringify(form))
      assert.equal(body.error, error, JSON.stringify({ form, body }))
    }
  })

  test('only the person who was asked answers: not another, not the agent with any of its tokens', async () => {
    // Not what was refused just now: that is not asked again at once.
    assert.equal((await ask()).body.error, 'access_denied')
    await ask({ scope: 'openid pay read' })
    const id = await waiting()
    const strange = await answer(eve, { issuer: house.issuer, id, say: 'approve' })
    assert.equal(strange.status, 404, 'what is not yours is not found')
    const { agent, dana: person } = house.shop
    const { access_token: subject } = await signInAt(house.issuer, { agent, person })
    const { body } = await exchange(house.issuer, agent, subject, `${house.issuer}/mcp/orders`)
    for (const token of [subject, body.access_token])
      assert.equal((await api(house.issuer, token).call('POST', `/api/v1/approvals/${id}/approve`, {})).status, 401)
    const machine = await house.shop.admin.call('POST', `/api/v1/approvals/${id}/approve`, {})
    assert.equal(machine.status, 403, 'a machine is no person, whatever it may administer')
    const seen = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: `/approvals/${id}` })
    assert.equal(seen.body.status, 'pending')
  })

  test('a scope in mode approval is asked for at the exchange, and the same request afterwards gets it once', async () => {
    const { agent, dana: person } = house.shop
    const { access_token: subject } = await signInAt(house.issuer, { agent, person })
    const wanted = () => exchange(house.issuer, agent, subject, PAYMENTS, { scope: 'pay read' })
    const first = await wanted()
    assert.deepEqual([first.status, first.body.error], [400, 'interaction_required'])
    assert.equal(first.body.interaction_uri, `${house.issuer}/approvals/${first.body.approval}`)
    assert.equal((await wanted()).body.approval, first.body.approval)
    assert.equal((await answer(dana, { issuer: house.issuer, id: first.body.approval, say: 'approve' })).status, 200)
    const racing = await Promise.all(Array.from({ length: 10 }, wanted))
    const won = racing.filter(({ status }) => status === 200)
    assert.equal(won.length, 1, JSON.stringify(racing.map(({ body }) => body)))
    assert.equal(won[0]?.body.scope, 'pay read')
    assert.ok(won[0]?.body.expires_in <= 300)
    assert.equal(won[0]?.body.refresh_token, undefined)
  })

  test('nobody is asked for longer than it is remembered what ended', async () => {
    const { status, body } = await ask({ requested_expiry: '259200', authorization_details: '[{"type":"for_days"}]' })
    assert.deepEqual([status, body.expires_in], [200, 86_400], JSON.stringify(body))
    const id = await waiting()
    const { body: seen } = await asPerson(dana, { issuer: house.issuer, method: 'GET', path: `/approvals/${id}` })
    assert.equal(Date.parse(seen.expires_at) - Date.parse(seen.created_at), 86_400_000)
    await answer(dana, { issuer: house.issuer, id, say: 'approve' })
    assert.equal((await poll(body.auth_req_id)).status, 200)
  })

  test('the yes of somebody whose access was ended since becomes no token, out of band or at the exchange', async () => {
    const { admin, agent, dana: person } = house.shop
    const { id: resource } = await admin.must('POST', '/api/v1/resources', {
      ...{ identifier: LEDGER, name: 'Ledger', scopes: [{ name: 'book', effect: 'write' }] },
    })
    const email = 'mia@example.com'
    const { id: user } = await admin.must('POST', '/api/v1/users', { email, name: 'Mia', password: PASSWORD })
    const { id: group } = await admin.must('POST', '/api/v1/groups', { name: 'bookkeepers' })
    await admin.must('PUT', `/api/v1/groups/${group}/members/${user}`)
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${resource}`, {
      ...{ scopes: { book: 'approval' }, approval: { approvers: { group } } },
    })
    const mia = await signedIn(house.issuer, { email, password: PASSWORD })
    const { access_token: subject } = await signInAt(house.issuer, { agent, person })
    const wanted = () => exchange(house.issuer, agent, subject, LEDGER, { scope: 'book' })
    const asked = (await ask({ resource: LEDGER, scope: 'openid book' })).body
    const own = await waiting()
    const { approval } = (await wanted()).body
    for (const [browser, id] of [
      [dana, own],
      [mia, own],
      [mia, approval],
    ] as const)
      assert.equal((await answer(browser, { issuer: house.issuer, id, say: 'approve' })).status, 200)
    await admin.must('POST', `/api/v1/users/${user}/deactivate`)
    await admin.must('POST', `/api/v1/users/${user}/reactivate`)
    assert.equal((await poll(asked.auth_req_id)).body.error, 'access_denied')
    const again = await wanted()
    assert.equal(again.body.error, 'interaction_required', JSON.stringify(again.body))
    assert.notEqual(again.body.approval, approval)
  })
})
