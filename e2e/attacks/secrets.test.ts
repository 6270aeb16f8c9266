// Secrets are looked for wherever they could have leaked to: printed, answered, exported, counted, traced, stored.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from '../testing/browser.ts'
import { startCollector } from '../testing/collector.ts'
import { eachHouse, type House } from '../testing/house.ts'
import { rawMcp } from '../testing/mcp.ts'
import { BOOTSTRAP } from '../testing/server.ts'
import {
  API_KEY,
  codeFor,
  endpoint,
  exchange,
  MCP_PASSWORD,
  MCP_USER,
  PASSWORD,
  tokenRequest,
} from '../testing/shop.ts'
import { storedIn } from '../testing/stored.ts'

const TYPED_WRONG = 'a-password-typed-wrong-canary'
const REFUSED_KEY = 'a-refused-upstream-key-canary-93ab'
const collector = await startCollector()
after(() => collector.close())

eachHouse(
  'a secret',
  (house) => {
    /** What must not be found, by name. */
    const secrets = new Map<string, string>()
    const bodies: string[] = []

    before(async () => {
      await liveThrough(house, secrets, bodies)
    })

    /** Names of the secrets that stand in `bytes`, in the clear or merely re-coded. */
    function found(bytes: Buffer): string[] {
      return [...secrets].flatMap(([name, secret]) => {
        const spellings = [
          secret,
          encodeURIComponent(secret),
          Buffer.from(secret).toString('base64').replace(/=+$/, ''),
        ]
        return spellings.some((spelling) => bytes.includes(spelling)) ? [name] : []
      })
    }

    test('there are secrets to look for, and they would be found', () => {
      assert.ok(secrets.size >= 14)
      for (const [name, secret] of secrets) {
        assert.ok(secret.length >= 12, name)
        assert.ok(found(Buffer.from(`x${secret}y`)).includes(name))
      }
    })

    test('is in no answer that did not ask for it', () => {
      assert.ok(bodies.length >= 15)
      for (const body of bodies) assert.deepEqual(found(Buffer.from(body)), [], body.slice(0, 400))
    })

    test('is not in the log’s export, the metrics, or the API’s description', async () => {
      const { admin } = house.shop
      const exported = await admin.call('GET', '/api/v1/audit/export?limit=5000')
      assert.match(exported.body, /gateway\.call-tool/)
      const listed = await admin.must('GET', '/api/v1/audit/events?limit=200')
      const metrics = await (await fetch(`${house.issuer}/metrics`)).text()
      assert.match(metrics, /operations_total/)
      const description = await (await fetch(`${house.issuer}/api/v1/openapi.json`)).text()
      for (const [where, text] of Object.entries({
        exported: exported.body,
        listed: JSON.stringify(listed),
        metrics,
        description,
      }))
        assert.deepEqual(found(Buffer.from(text)), [], where)
    })

    test('is not read back from what was registered with it', async () => {
      const { admin, agent, connections } = house.shop
      for (const path of [
        '/api/v1/connections',
        `/api/v1/connections/${connections.api}`,
        `/api/v1/agents/${agent.id}/credentials`,
        '/api/v1/clients',
        '/api/v1/users',
      ])
        assert.deepEqual(found(Buffer.from(JSON.stringify(await admin.must('GET', path)))), [], path)
    })

    // Last: it stops the house.
    test('is nowhere that outlives the house: its output, its traces, its tables and files', async () => {
      await house.server.stop()
      const output = house.output()
      assert.match(output, /"level":"info"/)
      assert.deepEqual(found(Buffer.from(output)), [])
      const traces = collector.bytes()
      assert.ok(traces.includes('gateway.call-tool') && traces.includes('oauth.token'), 'nothing was traced')
      assert.deepEqual(found(traces), [])
      const stored = await storedIn(house)
      const tables = new Set(stored.map(({ where }) => where))
      for (const column of [
        'public.held_credentials.sealed',
        'public.audit_events.entry',
        'public.oidc_entities.payload',
      ])
        assert.ok(tables.has(column), `${column} was not looked at`)
      for (const { where, bytes } of stored) assert.deepEqual(found(bytes), [], where)
    })
  },
  { settings: { MANDATE_OTLP_ENDPOINT: collector.endpoint } },
)

/** A day in which every secret is used, and several are put where they do not belong. */
async function liveThrough(house: House, secrets: Map<string, string>, bodies: string[]): Promise<void> {
  const { issuer, shop } = house
  const { agent, dana, admin } = shop
  const told = async (answer: Response) => void bodies.push(await answer.text())
  const browser = new Browser()
  const form = await codeFor(issuer, { agent, person: dana, browser })
  const signedIn = (await tokenRequest(issuer, agent, form)).body
  const held: Record<string, string> = {}
  for (const name of ['orders', 'orders-api'])
    held[name] = (await exchange(issuer, agent, signedIn.access_token, `${issuer}/mcp/${name}`)).body.access_token
  const cookies = [...browser.cookies(new URL(issuer).host)].filter(([name]) => /session/.test(name))
  const all = {
    'upstream key': API_KEY,
    'upstream password': MCP_PASSWORD,
    'upstream basic': Buffer.from(`${MCP_USER}:${MCP_PASSWORD}`).toString('base64'),
    'bootstrap secret': BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_SECRET,
    'bootstrap password': BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_PASSWORD,
    'master key': house.server.env.MANDATE_MASTER_KEY ?? 'the-master-key-is-a-file',
    'agent secret': agent.secret,
    'person password': PASSWORD,
    'wrong password': TYPED_WRONG,
    'refused key': REFUSED_KEY,
    code: form.code ?? '',
    'sign-in token': signedIn.access_token,
    'refresh token': signedIn.refresh_token,
    'id token': signedIn.id_token,
    'MCP token': held.orders ?? '',
    'MCP token’s signature': held.orders?.split('.')[2] ?? '',
    'proxy token': held['orders-api'] ?? '',
    'admin token': admin.token,
    ...Object.fromEntries(cookies.map(([name, value]) => [`cookie ${name}`, value])),
  }
  for (const [name, secret] of Object.entries(all)) secrets.set(name, secret)
  assert.ok(cookies.length > 0)

  const session = await rawMcp(issuer, 'orders', held.orders ?? '')
  bodies.push((await session.callTool('get_order', { order_id: dana.orders[0] })).body)
  const bearer = (token = '') => ({ authorization: `Bearer ${token}` })
  await told(await fetch(`${issuer}/proxy/orders-api/orders`, { headers: bearer(held['orders-api']) }))
  // In the wrong place: swapped, in paths and queries, as names, at doors that they do not open.
  bodies.push(
    JSON.stringify(
      (
        await endpoint(
          issuer,
          '/oauth/token',
          { id: agent.secret, secret: agent.id },
          { grant_type: 'client_credentials' },
        )
      ).body,
    ),
  )
  bodies.push(JSON.stringify((await endpoint(issuer, '/oauth/token', agent, { grant_type: agent.secret })).body))
  bodies.push(
    JSON.stringify(
      (await endpoint(issuer, '/oauth/token', agent, { grant_type: 'refresh_token', refresh_token: form.code ?? '' }))
        .body,
    ),
  )
  bodies.push(JSON.stringify((await tokenRequest(issuer, agent, form)).body))
  bodies.push((await session.callTool(agent.secret, { password: PASSWORD, token: held.orders })).body)
  bodies.push((await session.send(signedIn.access_token, {})).body)
  for (const secret of [held.orders, agent.secret, signedIn.refresh_token, API_KEY])
    for (const path of [
      `/api/v1/users/${secret}`,
      `/nowhere/${secret}`,
      `/api/v1/agents?cursor=${secret}`,
      `/mcp/${secret}`,
      `/proxy/orders-api/orders/${secret}?api_key=${secret}`,
    ]) {
      const answer = await fetch(`${issuer}${path}`, {
        headers: bearer(path.startsWith('/proxy') ? held['orders-api'] : admin.token),
      })
      const text = await answer.text()
      assert.ok(answer.status < 500, path)
      bodies.push(text)
    }
  for (const door of ['/api/v1/users', '/fga/stores', '/userinfo'])
    await told(await fetch(`${issuer}${door}`, { headers: bearer(held.orders) }))
  await told(await new Browser().post(`${issuer}/sign-in`, { email: dana.email, password: TYPED_WRONG }))
  await told(await new Browser().post(`${issuer}/sign-in`, { email: PASSWORD, password: TYPED_WRONG }))
  for (const body of [
    { name: 'orders', kind: 'api_key', upstream: house.upstreams.api, credential: REFUSED_KEY },
    { name: 'UPPER', kind: 'api_key', upstream: house.upstreams.api, credential: { value: `${REFUSED_KEY}\u0000` } },
    { name: 'x', kind: 'basic', upstream: house.upstreams.api, credential: { username: 'a:b', password: REFUSED_KEY } },
    { name: 'x', kind: 'api_key', upstream: `https://u:${REFUSED_KEY}@example.com/`, credential: REFUSED_KEY },
    { name: 'x', kind: 'none', surprise: REFUSED_KEY },
    { email: 'nobody', password: PASSWORD },
  ]) {
    const at = 'email' in body ? '/api/v1/users' : '/api/v1/connections'
    const answer = await admin.call('POST', at, body)
    assert.ok(answer.status >= 400)
    bodies.push(JSON.stringify(answer.body))
  }
}
