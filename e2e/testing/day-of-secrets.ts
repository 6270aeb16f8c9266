// A day in which every secret is used, and several are put where they do not belong.
import assert from 'node:assert/strict'
import { Browser } from './browser.ts'
import type { House } from './house.ts'
import { rawMcp } from './mcp.ts'
import { BOOTSTRAP } from './server.ts'
import { API_KEY, codeFor, endpoint, exchange, MCP_PASSWORD, MCP_USER, PASSWORD, tokenRequest } from './shop.ts'

const TYPED_WRONG = 'a-password-typed-wrong-canary'
const REFUSED_KEY = 'a-refused-upstream-key-canary-93ab'

/** Lives it; `secrets` and `bodies` are filled with what was used, by name, and with what was answered. */
export async function liveThrough(house: House, secrets: Map<string, string>, bodies: string[]): Promise<void> {
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
  for (const secret of [agent.secret, signedIn.refresh_token, API_KEY, BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_SECRET]) {
    const swapped = await endpoint(
      issuer,
      '/oauth/token',
      { id: secret, secret: agent.id },
      { grant_type: 'client_credentials' },
    )
    const misnamed = await endpoint(issuer, '/oauth/token', agent, { grant_type: secret })
    const misplaced = await endpoint(issuer, '/oauth/token', agent, {
      grant_type: 'refresh_token',
      refresh_token: `${secret}x`,
    })
    for (const { status, body } of [swapped, misnamed, misplaced]) {
      assert.ok(status >= 400)
      bodies.push(JSON.stringify(body))
    }
    await told(await fetch(`${issuer}/authorize?client_id=${secret}&response_type=code&scope=${secret}`))
  }
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
  // The page shows again what was typed as an address; it must stay nowhere else.
  await (await new Browser().post(`${issuer}/sign-in`, { email: PASSWORD, password: TYPED_WRONG })).text()
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
