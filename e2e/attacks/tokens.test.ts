// Tokens that were never issued, or were issued for somewhere else, open nothing.
import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto'
import { before, test } from 'node:test'
import { answerOf, machineApi } from '../testing/api.ts'
import { type Claims, claimsOf, encoded, headerOf } from '../testing/claims.ts'
import { eachHouse } from '../testing/house.ts'
import { endpoint, exchange, signInAt } from '../testing/shop.ts'

const DOORS: Record<string, [method: string, path: string, audience: string]> = {
  mcp: ['POST', '/mcp/orders', '/mcp/orders'],
  proxy: ['GET', '/proxy/orders-api/orders?limit=1', '/mcp/orders-api'],
  api: ['GET', '/api/v1/users', '/api'],
  fga: ['GET', '/fga/stores', '/fga'],
}
const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' })

eachHouse(
  'a token',
  (house) => {
    const tokens: Record<string, string> = {}
    let subject = ''
    let idToken = ''
    let publicKey: JsonWebKey = {}

    const knock = async (door: string, headers: Record<string, string>, query = '') => {
      const [method, path] = DOORS[door] ?? []
      const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
      const body = method === 'POST' ? { body: PING } : {}
      return answerOf(
        await fetch(`${house.issuer}${path}${query}`, { method, headers: { ...json, ...headers }, ...body }),
      )
    }
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

    before(async () => {
      const { agent, dana } = house.shop
      const signedIn = await signInAt(house.issuer, { agent, person: dana })
      subject = signedIn.access_token
      idToken = signedIn.id_token ?? ''
      for (const audience of ['/mcp/orders', '/mcp/orders-api'])
        tokens[audience] = (
          await exchange(house.issuer, agent, subject, `${house.issuer}${audience}`)
        ).body.access_token
      for (const audience of ['/api', '/fga'] as const)
        tokens[audience] = (await machineApi(house.issuer, audience)).token
      const { keys } = (await (await fetch(`${house.issuer}/.well-known/jwks.json`)).json()) as { keys: JsonWebKey[] }
      publicKey = keys[0] ?? {}
    })

    test('for one audience is refused at every other', async () => {
      for (const [door, [, , right]] of Object.entries(DOORS))
        for (const [audience, token] of Object.entries(tokens)) {
          const { status } = await knock(door, bearer(token))
          // The session that MCP wants comes after the token.
          if (audience === right) assert.notEqual(status, 401, `${audience} at ${door}`)
          else assert.equal(status, 401, `${audience} opened ${door}`)
        }
    })

    test('that is no access token opens nothing: a sign-in, an id_token, a secret, a token twice', async () => {
      const good = tokens['/mcp/orders'] ?? ''
      for (const given of [subject, idToken, house.shop.agent.secret, '', `${good} ${good}`, `${good},${good}`])
        for (const door of Object.keys(DOORS))
          assert.equal((await knock(door, bearer(given))).status, 401, `${door}: ${given.slice(0, 12)}`)
    })

    test('counts only in the one header: not in the query, a cookie, or another scheme', async () => {
      const good = tokens['/mcp/orders-api'] ?? ''
      for (const [headers, query] of [
        [{}, `&access_token=${good}`],
        [{ cookie: `access_token=${good}; mandate_session=${good}` }, ''],
        [{ authorization: `Basic ${good}` }, ''],
        [{ authorization: `DPoP ${good}` }, ''],
        [{ 'x-authorization': `Bearer ${good}` }, ''],
      ] as [Record<string, string>, string][])
        assert.equal((await knock('proxy', headers, query)).status, 401)
    })

    test('that was forged, in every way known to us, is refused at every door', async () => {
      const good = tokens['/mcp/orders'] ?? ''
      const forged = forgeries(good, publicKey)
      assert.ok(Object.keys(forged).length >= 15)
      const at = { '/mcp/orders': 'mcp', '/mcp/orders-api': 'proxy', '/api': 'api', '/fga': 'fga' }
      for (const [audience, door] of Object.entries(at))
        for (const [name, token] of Object.entries(forgeries(tokens[audience] ?? '', publicKey)))
          assert.equal((await knock(door, bearer(token))).status, 401, `${name} at ${door}`)
      const { agent } = house.shop
      for (const [name, token] of Object.entries(forged)) {
        const traded = await exchange(house.issuer, agent, token, `${house.issuer}/mcp/orders-api`)
        assert.equal(traded.body.error, 'invalid_request', name)
        const asked = await endpoint(house.issuer, '/oauth/introspect', agent, { token })
        assert.deepEqual(asked.body, { active: false }, name)
      }
      assert.notEqual((await knock('mcp', bearer(good))).status, 401, 'the real one still counts')
    })

    test('of a secret kept as a hash cannot be replaced by signing with a name the house uses inside', async () => {
      const { agent } = house.shop
      const now = Math.floor(Date.now() / 1000)
      const claims = { iss: agent.id, sub: agent.id, aud: house.issuer, iat: now, exp: now + 60, jti: 'x' }
      const content = `${encoded({ alg: 'HS256' })}.${encoded(claims)}`
      for (const key of ['kept-as-a-hash-and-compared-by-the-house', '', 'undefined']) {
        const mac = createHmac('sha256', key).update(content).digest('base64url')
        const form = new URLSearchParams({
          grant_type: 'client_credentials',
          resource: `${house.issuer}/mcp/orders`,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: `${content}.${mac}`,
        })
        const answer = await fetch(`${house.issuer}/oauth/token`, { method: 'POST', body: form })
        assert.equal(answer.status, 401, key)
        form.delete('client_assertion')
        form.delete('client_assertion_type')
        form.set('client_id', agent.id)
        form.set('client_secret', key)
        assert.equal((await fetch(`${house.issuer}/oauth/token`, { method: 'POST', body: form })).status, 401, key)
      }
    })
  },
  { records: false },
)

function forgeries(good: string, publicKey: JsonWebKey): Record<string, string> {
  const [head = '', body = '', signature = ''] = good.split('.')
  const header = headerOf(good)
  const claims = claimsOf(good)
  const withKey = (more: Claims, changed: Claims = {}) => {
    const content = `${encoded({ ...header, ...more })}.${encoded({ ...claims, ...changed })}`
    const bytes = sign('sha256', Buffer.from(content), { key: attacker.privateKey, dsaEncoding: 'ieee-p1363' })
    return `${content}.${bytes.toString('base64url')}`
  }
  const hmac = (key: string | Buffer) => {
    const content = `${encoded({ ...header, alg: 'HS256' })}.${body}`
    return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`
  }
  const changed = (more: Claims) => `${head}.${encoded({ ...claims, ...more })}.${signature}`
  const pem = createPublicKey({ key: publicKey, format: 'jwk' })
  const unsigned = (alg: string, end = '') => `${encoded({ ...header, alg })}.${body}.${end}`
  const last = signature.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const sibling = alphabet[alphabet.indexOf(last) ^ 1] ?? ''
  const forged = {
    'another key': withKey({}),
    'another key, brought along': withKey({ jwk: attacker.publicKey.export({ format: 'jwk' }) }),
    'another key, at an address': withKey({ jku: 'http://127.0.0.1:9/jwks.json', x5u: 'http://127.0.0.1:9/' }),
    'no kid': withKey({ kid: undefined }),
    'an unknown kid': withKey({ kid: 'toString' }),
    'a kid that is a path': withKey({ kid: '../../dev/null' }),
    'the type of any JWT': withKey({ typ: 'JWT' }),
    'another issuer': withKey({}, { iss: 'https://evil.example' }),
    'a later end': changed({ exp: Number(claims.exp) + 86_400 }),
    'another person': changed({ sub: 'usr_someone_else' }),
    'no links': changed({ lin: [] }),
    'an administrator': changed({ scope: 'admin use openid' }),
    'another audience': changed({ aud: 'https://evil.example' }),
    'alg none': unsigned('none'),
    'alg None with the signature': unsigned('None', signature),
    'HS256 with the public key as PEM': hmac(pem.export({ type: 'spki', format: 'pem' }) as string),
    'HS256 with the public key as DER': hmac(pem.export({ type: 'spki', format: 'der' })),
    'HS256 with the public key as JWK': hmac(JSON.stringify(publicKey)),
    'no signature': `${head}.${body}.`,
    'a signature of zeros': `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
    'a second spelling of the signature': `${head}.${body}.${signature.slice(0, -1)}${sibling}`,
    'a padded signature': `${good}==`,
    'a fourth part': `${good}.${signature}`,
    'a cut one': good.slice(0, -2),
  }
  // What changes nothing in this token is no forgery of it.
  return Object.fromEntries(Object.entries(forged).filter(([, token]) => token !== good))
}
