// Trading tokens for more than one was given: every way is a refusal in the protocol's words.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { clientCredentials } from '../testing/api.ts'
import { Browser } from '../testing/browser.ts'
import { eachHouse } from '../testing/house.ts'
import { authorizeUrl, exchange, registerAgent, type Shop, signInAt } from '../testing/shop.ts'

const SHOP_API = 'https://shop.example/api'

eachHouse(
  'an exchange',
  (house) => {
    let subject = ''
    let other: Shop['agent']
    const orders = () => `${house.issuer}/mcp/orders`
    const trade = (resource: string, more?: Record<string, string>) =>
      exchange(house.issuer, house.shop.agent, subject, resource, more)

    before(async () => {
      const { admin, owner, agent, dana } = house.shop
      const scopes = ['read', 'refund', 'close'].map((name) => ({ name, effect: 'irreversible' }))
      const resource = { identifier: SHOP_API, name: 'Shop API', scopes }
      const { id } = await admin.must('POST', '/api/v1/resources', resource)
      await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${id}`, {
        scopes: { read: 'auto', refund: 'approval', close: 'never' },
        reason: 'Reading is harmless.',
      })
      other = await registerAgent(admin, owner, { name: 'Other' })
      subject = (await signInAt(house.issuer, { agent, person: dana })).access_token
    })

    test('takes only what was meant for this agent', async () => {
      const mine = await trade(orders())
      assert.equal(mine.status, 200)
      for (const token of [subject, mine.body.access_token as string]) {
        const { status, body } = await exchange(house.issuer, other, token, orders())
        assert.deepEqual([status, body.error], [400, 'invalid_request'])
      }
    })

    test('takes a person’s token only: not the agent’s own, not a machine’s', async () => {
      const own = await clientCredentials(house.issuer, { ...house.shop.agent, resource: orders() })
      for (const token of [own.body.access_token, house.shop.admin.token, 'nonsense', '']) {
        const { body } = await exchange(house.issuer, house.shop.agent, token, orders())
        assert.equal(body.error, 'invalid_request')
      }
    })

    test('never leads to the house’s own audiences, by any grant', async () => {
      const { agent } = house.shop
      for (const path of ['/api', '/fga', '/audit', '/access', '/scim/v2', '/me/', '/mcp', '/userinfo', '', '/']) {
        const resource = `${house.issuer}${path}`
        assert.equal((await trade(resource)).body.error, 'invalid_target', path)
        assert.equal((await trade(resource, { scope: 'admin' })).body.error, 'invalid_target', path)
        const own = await clientCredentials(house.issuer, { ...agent, resource })
        assert.equal(own.body.error, 'invalid_target', path)
        const url = authorizeUrl(house.issuer, agent, {
          ...{ scope: 'openid', resource, code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' },
        })
        const { url: landed, page } = await new Browser().follow(url, house.shop.dana)
        assert.match(landed + page, /error=invalid_target|"invalid_target"/, path)
      }
    })

    test('names one resource that is there for this agent', async () => {
      const nowhere = [
        'https://unknown.example/',
        `${house.issuer}/mcp/nothing`,
        'orders',
        `${orders()}/`,
        `${orders()}?x`,
      ]
      for (const resource of nowhere) assert.equal((await trade(resource)).body.error, 'invalid_target', resource)
      const two = await trade(orders(), { audience: `${house.issuer}/mcp/orders-api` })
      assert.equal(two.body.error, 'invalid_target')
      // A place that exists and one that does not read the same to an agent without terms there.
      const answers = await Promise.all(
        [SHOP_API, 'https://unknown.example/'].map((resource) =>
          clientCredentials(house.issuer, { ...other, resource }),
        ),
      )
      assert.deepEqual(answers[0]?.body, answers[1]?.body)
    })

    test('gives no scope that is never granted, unknown, or waits for a person', async () => {
      for (const [scope, error] of [
        ['close', 'invalid_scope'],
        ['read close', 'invalid_scope'],
        ['admin', 'invalid_scope'],
        ['use', 'invalid_scope'],
        ['__proto__', 'invalid_scope'],
        ['refund', 'interaction_required'],
        ['read refund', 'interaction_required'],
      ] as const)
        assert.equal((await trade(SHOP_API, { scope })).body.error, error, scope)
      // Unsaid means what is granted without asking, and no more.
      assert.equal((await trade(SHOP_API, {})).body.scope, 'read')
      assert.equal((await trade(orders(), { scope: 'use admin' })).body.error, 'invalid_scope')
    })

    test('gives no other kind of token', async () => {
      for (const kind of ['refresh_token', 'id_token', 'saml2']) {
        const asked = { requested_token_type: `urn:ietf:params:oauth:token-type:${kind}` }
        assert.equal((await trade(orders(), asked)).body.error, 'invalid_request', kind)
      }
    })

    test('an actor’s token in the hands of another agent does not lift that agent’s own limits', async () => {
      const { agent, dana } = house.shop
      // `other` has no managed connection at all; `agent` has one, and its token fell into the hands of `other`.
      const leaked = await clientCredentials(house.issuer, { ...agent, resource: orders() })
      const { access_token } = await signInAt(house.issuer, { agent: other, person: dana })
      const { status, body } = await exchange(house.issuer, other, access_token, orders(), {
        actor_token: leaked.body.access_token,
        actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      })
      assert.notEqual(status, 200, 'it acts with the rights of another agent')
      assert.ok(['access_denied', 'invalid_target'].includes(body.error), body.error)
    })

    test('an agent’s tokens do not open the management API, whatever they are for', async () => {
      const own = await clientCredentials(house.issuer, { ...house.shop.agent, resource: orders() })
      const held = await trade(orders())
      for (const token of [own.body.access_token, held.body.access_token, subject])
        for (const path of ['/api/v1/agents', '/api/v1/users', '/fga/stores', '/api/v1/audit/events']) {
          const { status } = await fetch(`${house.issuer}${path}`, { headers: { authorization: `Bearer ${token}` } })
          assert.equal(status, 401)
        }
    })
  },
  { records: false },
)
