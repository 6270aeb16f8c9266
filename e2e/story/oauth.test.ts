// The authorization server as clients we did not write use it: discovery, sign-in, refresh, introspection, revocation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signIn } from '@mandate/example-orders/agent/sign-in.ts'
import * as oauth from 'openid-client'
import { clientCredentials } from '../testing/api.ts'
import { Browser } from '../testing/browser.ts'
import { claimsOf, headerOf } from '../testing/claims.ts'
import { eachHouse } from '../testing/house.ts'
import { rawMcp } from '../testing/mcp.ts'
import { endpoint, exchange, registerAgent, signInAt, tokenRequest } from '../testing/shop.ts'

eachHouse('the authorization server', (house) => {
  const mcp = () => `${house.issuer}/mcp/orders`
  const danaSignsIn = () => signInAt(house.issuer, { agent: house.shop.agent, person: house.shop.dana })

  test('what discovery names is there, under both names of the document', async () => {
    const documents = await Promise.all(
      ['openid-configuration', 'oauth-authorization-server'].map(async (name) =>
        (await fetch(`${house.issuer}/.well-known/${name}`)).json(),
      ),
    )
    assert.deepEqual(documents[0], documents[1])
    const metadata = documents[0] as Record<string, unknown>
    assert.equal(metadata.issuer, house.issuer)
    assert.deepEqual(metadata.code_challenge_methods_supported, ['S256'])
    const named = Object.entries(metadata).filter(([name]) => /(_endpoint|_uri)$/.test(name))
    assert.ok(named.length >= 7)
    for (const [name, url] of named) {
      const [get, post] = await Promise.all([fetch(String(url)), fetch(String(url), { method: 'POST' })])
      assert.ok(get.status !== 404 || post.status !== 404, `${name} leads nowhere`)
    }
    // What is advertised must be kept: neither is done by every grant here.
    assert.equal(metadata.dpop_signing_alg_values_supported, undefined)
    assert.equal(metadata.pushed_authorization_request_endpoint, undefined)
  })

  test('a connection says where its tokens come from, and so does its refusal', async () => {
    const refused = await fetch(mcp(), { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
    assert.equal(refused.status, 401)
    const at = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '')?.[1]
    const metadata = (await (await fetch(at ?? '')).json()) as Record<string, unknown>
    assert.equal(metadata.resource, mcp())
    assert.deepEqual(metadata.authorization_servers, [house.issuer])
  })

  test('openid-client accepts the id_token, and userinfo tells of the same person', async () => {
    const { agent, dana } = house.shop
    const asked = { issuer: house.issuer, clientId: agent.id, clientSecret: agent.secret, redirectPort: 0 }
    const { url, tokens } = await signIn({ ...asked, scope: 'openid email profile' })
    const { url: back } = await new Browser().follow(url.href, dana)
    await fetch(back)
    const signedIn = await tokens
    assert.equal(signedIn.claims()?.sub, dana.id)
    assert.equal(signedIn.claims()?.aud, agent.id)
    const server = await oauth.discovery(new URL(house.issuer), agent.id, agent.secret, undefined, {
      execute: [oauth.allowInsecureRequests],
    })
    const info = await oauth.fetchUserInfo(server, signedIn.access_token, dana.id)
    assert.deepEqual([info.email, info.name], [dana.email, 'Dana'])
  })

  test('a token for a person says who acts, for whom, in which task, and nothing else opens with it', async () => {
    const { agent, dana } = house.shop
    const { access_token: subject } = await danaSignsIn()
    const { body } = await exchange(house.issuer, agent, subject, mcp())
    const claims = claimsOf(body.access_token)
    assert.deepEqual(headerOf(body.access_token).typ, 'at+jwt')
    assert.deepEqual([claims.sub, claims.aud, claims.scope, claims.client_id], [dana.id, mcp(), 'use', agent.id])
    assert.deepEqual(claims.act, { sub: agent.id, iss: house.issuer, sub_profile: 'ai_agent' })
    assert.ok(claims.txn && claims.del && claims.sid && claims.jti)
    assert.ok(Number(claims.exp) - Number(claims.iat) <= 300)
    assert.equal(body.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token')
  })

  test('an agent on its own business is known as itself, and sees no records', async () => {
    const { agent, admin } = house.shop
    const { status, body } = await clientCredentials(house.issuer, { ...agent, resource: mcp(), scope: 'use' })
    assert.equal(status, 200)
    const claims = claimsOf(body.access_token)
    assert.deepEqual([claims.sub, claims.sub_profile, claims.act], [agent.id, 'ai_agent', undefined])
    const session = await rawMcp(house.issuer, 'orders', body.access_token)
    const listed = await session.callTool('list_orders', { limit: 50 })
    assert.match(listed.body, /\\"orders\\":\[\]|"orders":\[\]/)
    const events = await admin.must('GET', `/api/v1/audit/events?principal=${agent.id}&operation=gateway.call-tool`)
    assert.deepEqual(events.items[0]?.accountable, [house.shop.owner])
  })

  test('refresh tokens rotate, and the old one is dead', async () => {
    const { agent } = house.shop
    const first = await danaSignsIn()
    assert.ok(first.refresh_token)
    const refresh = (token = '') =>
      tokenRequest(house.issuer, agent, { grant_type: 'refresh_token', refresh_token: token })
    const second = await refresh(first.refresh_token)
    assert.equal(second.status, 200)
    assert.notEqual(second.body.refresh_token, first.refresh_token)
    assert.equal((await exchange(house.issuer, agent, second.body.access_token, mcp())).status, 200)
    assert.equal((await refresh(first.refresh_token)).body.error, 'invalid_grant')
  })

  test('JWTs and opaque tokens are introspected and revoked alike, by their own client alone', async () => {
    const { agent, admin, owner } = house.shop
    const stranger = await registerAgent(admin, owner, { name: 'Stranger' })
    const { access_token: opaque } = await danaSignsIn()
    const { body } = await exchange(house.issuer, agent, opaque, mcp())
    const ask = (token: string, who = agent) => endpoint(house.issuer, '/oauth/introspect', who, { token })
    for (const token of [body.access_token as string, opaque]) {
      assert.equal((await ask(token)).body.active, true)
      assert.equal((await ask(token)).body.sub, house.shop.dana.id)
      assert.deepEqual((await ask(token, stranger)).body, { active: false })
      assert.equal((await endpoint(house.issuer, '/oauth/revoke', stranger, { token })).status, 200)
      assert.equal((await ask(token)).body.active, true, 'a stranger revoked it')
      assert.equal((await endpoint(house.issuer, '/oauth/revoke', agent, { token })).status, 200)
      assert.deepEqual((await ask(token)).body, { active: false })
    }
    await assert.rejects(rawMcp(house.issuer, 'orders', body.access_token), /401/)
    assert.equal((await exchange(house.issuer, agent, opaque, mcp())).status, 400)
    assert.deepEqual((await ask('no token at all')).body, { active: false })
  })

  test('a person decides about an agent nobody assigned to them, and a no stays a no', async () => {
    const { admin, owner, connections, dana, eve } = house.shop
    const agent = await registerAgent(admin, owner, { name: 'Uninvited', assigned: {} })
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${connections.mcp}`, {
      scopes: { get_order: 'auto' },
    })
    await assert.rejects(signInAt(house.issuer, { agent, person: dana, answer: 'deny' }), /access_denied/)
    const page = await new Browser().request(`${house.issuer}/`)
    assert.equal(page.status === 401 || page.status === 302 || page.status === 303, true)
    const { access_token: subject } = await signInAt(house.issuer, { agent, person: dana, answer: 'allow' })
    assert.equal((await exchange(house.issuer, agent, subject, mcp())).status, 200)
    await assert.rejects(signInAt(house.issuer, { agent, person: eve, answer: 'deny' }), /access_denied/)
  })
})
