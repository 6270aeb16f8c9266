// Access that ends, ends everything that came of it: calls under way, streams, sessions, tokens of every kind.
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { Browser } from '../testing/browser.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'
import { type RawMcp, rawMcp } from '../testing/mcp.ts'
import { endpoint, exchange, grant, registerAgent, type Shop, signInAt, tokenRequest } from '../testing/shop.ts'

interface Held {
  agent: Shop['agent']
  owner: string
  browser: Browser
  subject: string
  refresh: string
  mcp: string
  api: string
  session: RawMcp
  /** Settles when the listening stream has ended. */
  stream: Promise<string>
}

eachHouse(
  'what ends',
  (house) => {
    let held: Held
    const admin = () => house.shop.admin
    const person = () => house.shop.dana

    beforeEach(async () => {
      const { connections } = house.shop
      const email = `owner-${performance.now()}@example.com`
      const { id: owner } = await admin().must('POST', '/api/v1/users', { email })
      const agent = await registerAgent(admin(), owner, { name: 'Mortal' })
      await grant(admin(), agent.id, connections)
      const terms = { scopes: { 'GET /slow': 'auto', 'GET /orders': 'auto' }, reason: 'It only waits.' }
      await admin().must('PUT', `/api/v1/agents/${agent.id}/managed-connections/orders-api`, terms)
      const browser = new Browser()
      const signedIn = await signInAt(house.issuer, { agent, person: person(), browser })
      const token = async (name: string): Promise<string> => {
        const { body } = await exchange(house.issuer, agent, signedIn.access_token, `${house.issuer}/mcp/${name}`)
        return body.access_token
      }
      const mcp = await token('orders')
      const session = await rawMcp(house.issuer, 'orders', mcp)
      const stream = await session.listen()
      assert.equal(stream.status, 200)
      held = {
        ...{ agent, owner, browser, mcp, session },
        subject: signedIn.access_token,
        refresh: signedIn.refresh_token ?? '',
        api: await token('orders-api'),
        stream: stream.text(),
      }
    })

    const proxied = (path: string) =>
      fetch(`${house.issuer}/proxy/orders-api${path}`, { headers: { authorization: `Bearer ${held.api}` } })

    /** Nothing of what was held works any more. `client`: whether the agent itself may still ask for tokens. */
    async function allIsOver({ client }: { client: boolean }): Promise<void> {
      await held.stream
      const call = await held.session.callTool('get_order', { order_id: person().orders[0] })
      assert.equal(call.status, 401, call.body)
      assert.equal((await proxied('/orders?limit=1')).status, 401)
      const info = await fetch(`${house.issuer}/userinfo`, { headers: { authorization: `Bearer ${held.subject}` } })
      assert.equal(info.status, 401)
      const orders = `${house.issuer}/mcp/orders`
      const traded = await exchange(house.issuer, held.agent, held.subject, orders)
      const refreshed = await tokenRequest(house.issuer, held.agent, {
        grant_type: 'refresh_token',
        refresh_token: held.refresh,
      })
      const refusals = client ? ['invalid_request', 'invalid_grant'] : ['invalid_client', 'invalid_client']
      assert.deepEqual([traded.body.error, refreshed.body.error], refusals)
      if (!client) return
      for (const token of [held.mcp, held.api])
        assert.deepEqual((await endpoint(house.issuer, '/oauth/introspect', held.agent, { token })).body, {
          active: false,
        })
    }

    test('an agent that works is stopped in the middle of a call, and its stream ends', async () => {
      assert.equal((await proxied('/orders?limit=1')).status, 200)
      house.upstreams.seen.length = 0
      const slow = proxied('/slow?ms=60000')
      await eventually(async () => house.upstreams.seen.find(({ path }) => path.startsWith('/slow')))
      const before = performance.now()
      await admin().must('POST', `/api/v1/agents/${held.agent.id}/suspend`, { reason: 'it runs wild' })
      const answer = await slow
      assert.ok(performance.now() - before < 1_000, 'the call went on')
      // It had been sent, and what is not known to only read may have been done.
      assert.equal(answer.status, 502)
      assert.match(await answer.text(), /Access ended while the call was under way/)
      await allIsOver({ client: false })
      await admin().must('POST', `/api/v1/agents/${held.agent.id}/activate`, {})
      await allIsOver({ client: true })
    })

    test('an agent whose only owner left may do nothing, until someone answers for it again', async () => {
      await admin().must('POST', `/api/v1/users/${held.owner}/deactivate`)
      await allIsOver({ client: false })
      await admin().must('PATCH', `/api/v1/agents/${held.agent.id}`, { owners: [house.shop.owner] })
      const signedIn = await signInAt(house.issuer, { agent: held.agent, person: person() })
      const traded = await exchange(house.issuer, held.agent, signedIn.access_token, `${house.issuer}/mcp/orders`)
      assert.equal(traded.status, 200)
    })

    test('a person who signs out takes back what was issued from that sign-in, and nothing else', async () => {
      const elsewhere = await signInAt(house.issuer, { agent: held.agent, person: person() })
      const cookies = [...held.browser.cookies(new URL(house.issuer).host)].map(([name, value]) => `${name}=${value}`)
      const out = await held.browser.post(`${house.issuer}/sign-out`, {})
      assert.ok(out.status < 400)
      await allIsOver({ client: true })
      // The cookies of before do not sign anyone in, at the door or at an agent's client.
      const home = await fetch(`${house.issuer}/`, { headers: { cookie: cookies.join('; ') }, redirect: 'manual' })
      assert.notEqual(home.status, 200)
      const other = await exchange(house.issuer, held.agent, elsewhere.access_token, `${house.issuer}/mcp/orders`)
      assert.equal(other.status, 200)
    })

    test('another site cannot sign a person out', async () => {
      const headers = { origin: 'https://evil.example' }
      const out = await held.browser.request(`${house.issuer}/sign-out`, { method: 'POST', headers })
      assert.equal(out.status, 403)
      assert.equal((await proxied('/orders?limit=1')).status, 200)
    })

    test('a grant that is withdrawn stops the next call', async () => {
      await admin().must('DELETE', `/api/v1/agents/${held.agent.id}/managed-connections/orders`)
      const call = await held.session.callTool('get_order', { order_id: person().orders[0] })
      assert.match(call.body, /revoked|denied|not allow|unauthenticated/i)
      assert.doesNotMatch(call.body, /"structuredContent"/)
    })

    // Last: Dana does not come back to the tests above.
    test('a person who is deactivated has nobody acting for them, and coming back revives nothing', async () => {
      await admin().must('POST', `/api/v1/users/${person().id}/deactivate`)
      await allIsOver({ client: true })
      await assert.rejects(signInAt(house.issuer, { agent: held.agent, person: person() }), /no code/)
      await admin().must('POST', `/api/v1/users/${person().id}/reactivate`)
      await allIsOver({ client: true })
      const again = await held.browser.request(`${house.issuer}/`)
      assert.notEqual(again.status, 200)
      const signedIn = await signInAt(house.issuer, { agent: held.agent, person: person() })
      assert.equal(
        (await exchange(house.issuer, held.agent, signedIn.access_token, `${house.issuer}/mcp/orders`)).status,
        200,
      )
    })
  },
  { records: false },
)
