// Tokens as they age and as what they stand on ends, with the clock in hand; and what is signed right but says wrong.
import assert from 'node:assert/strict'
import { generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto'
import { beforeEach, test } from 'node:test'
import type { Agents } from '../agents/index.ts'
import type { People } from '../directory/index.ts'
import { readAccessToken } from './access-token.ts'
import type { Clients } from './clients.ts'
import { type Issue, issueAccessToken } from './issue.ts'
import type { Keys, SigningKey } from './keys.ts'
import { tokenVerifier } from './verify.ts'

const ISSUER = 'https://mandate.example'
const DANA = 'usr_dana0'
const BOT = 'agt_bot00'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signing: SigningKey = {
  kid: 'k1',
  alg: 'ES256',
  jwk: pair.privateKey.export({ format: 'jwk' }) as JsonWebKey,
  ...pair,
}
const keys: Keys = { signing, byKid: new Map([['k1', signing]]), cookies: [] }

let now = 0
let active = new Set<string>()
const dead = new Map<string, number>()
const verify = tokenVerifier({
  keys,
  issuer: ISSUER,
  agents: { standing: (id: string) => (active.has(id) ? 'active' : 'suspended') } as unknown as Agents,
  people: { active: (id: string) => active.has(id) } as unknown as People,
  clients: { client: () => undefined } as unknown as Clients,
  revocations: { dead: (links, pos) => [...links].some((link) => (dead.get(link) ?? 0) > pos) },
  now: () => now,
})

beforeEach(() => {
  now = Date.UTC(2030, 0, 1)
  active = new Set([DANA, BOT])
  dead.clear()
})

const issue = (more: Partial<Issue> = {}) =>
  issueAccessToken(
    { keys, issuer: ISSUER, now: () => now },
    {
      ...{ sub: DANA, audience: `${ISSUER}/mcp/orders`, client: BOT, scopes: ['use'], seconds: 300, position: 7 },
      ...{ links: ['grant'], chain: [BOT], session: 'ses_1', task: 'task_1', delegation: 'del_1', ...more },
    },
  )
const faultOf = (token: string) => {
  const verified = verify(token)
  return 'fault' in verified ? verified.fault : undefined
}

test('a token counts until the second it expires, and not one later, seen before or not', () => {
  const { token } = issue()
  now += 299_999
  assert.equal(faultOf(token), undefined)
  now += 1
  assert.equal(faultOf(token), 'expired')
  const unseen = issue().token
  now += 300_000
  assert.equal(faultOf(unseen), 'expired')
})

test('a token never outlives what it stands on', () => {
  const end = now / 1000 + 10
  const { token, expiresIn } = issue({ notAfter: end })
  assert.equal(expiresIn, 10)
  now += 10_000
  assert.equal(faultOf(token), 'expired')
})

test('each link that is revoked later kills it, and one that was revoked before does not', () => {
  for (const link of [DANA, BOT, 'grant', 'ses_1', 'task_1', 'del_1']) {
    const { token } = issue()
    dead.set(link, 7)
    assert.equal(faultOf(token), undefined, link)
    dead.set(link, 8)
    assert.equal(faultOf(token), 'revoked', link)
    assert.equal(faultOf(issue({ position: 8 }).token), undefined, `${link}, issued after`)
    dead.clear()
  }
  const { token, claims } = issue()
  dead.set(claims.jti, 8)
  assert.equal(faultOf(token), 'revoked')
})

test('people and agents that are not active take their tokens with them, every agent of the chain', () => {
  const chained = issue({ chain: ['agt_outer', BOT] }).token
  assert.equal(faultOf(chained), 'agent_not_active')
  active.add('agt_outer')
  assert.equal(faultOf(chained), undefined)
  active.delete(BOT)
  assert.equal(faultOf(chained), 'agent_not_active')
  active.add(BOT).delete(DANA)
  assert.equal(faultOf(chained), 'user_not_active')
  assert.equal(faultOf(issue({ client: 'cli_gone', chain: [] }).token), 'user_not_active')
  active.add(DANA)
  assert.equal(faultOf(issue({ client: 'cli_gone', chain: [] }).token), 'client_unknown')
})

test('what our own key signed is still refused when it is not what we issue', () => {
  const { claims } = issue()
  const header = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' }
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const signed = (head: unknown, body: unknown) => {
    const content = `${encode(head)}.${encode(body)}`
    const bytes = sign('sha256', Buffer.from(content), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
    return `${content}.${bytes.toString('base64url')}`
  }
  assert.ok(readAccessToken(keys, ISSUER, signed(header, claims)))
  const wrong: Record<string, [head: unknown, body: unknown]> = {
    'another issuer': [header, { ...claims, iss: 'https://evil.example' }],
    'the issuer with a slash': [header, { ...claims, iss: `${ISSUER}/` }],
    'the type of an id_token': [{ ...header, typ: 'JWT' }, claims],
    'no type': [{ alg: 'ES256', kid: 'k1' }, claims],
    'no kid': [{ alg: 'ES256', typ: 'at+jwt' }, claims],
    'a kid of the prototype': [{ ...header, kid: 'constructor' }, claims],
    'another algorithm': [{ ...header, alg: 'HS256' }, claims],
    'a critical extension': [{ ...header, crit: ['b64'], b64: false }, claims],
    'no expiry': [header, { ...claims, exp: undefined }],
    'an expiry that is text': [header, { ...claims, exp: '9999999999' }],
    'an expiry beyond integers': [header, { ...claims, exp: 1e300 }],
    'several audiences': [header, { ...claims, aud: [claims.aud, 'https://evil.example'] }],
    'no subject': [header, { ...claims, sub: '' }],
    'no position': [header, { ...claims, pos: undefined }],
    'no links': [header, { ...claims, lin: undefined }],
    'claims that are a list': [header, [claims]],
    'claims that are null': [header, null],
  }
  for (const [name, [head, body]] of Object.entries(wrong)) assert.equal(faultOf(signed(head, body)), 'malformed', name)
  const [head = '', body = '', signature = ''] = signed(header, claims).split('.')
  for (const token of [
    `${head}.${body}`,
    `${head}.${body}.`,
    `${head}.${body}.${signature}.`,
    `${head}.${body}.${signature}=`,
    `.${body}.${signature}`,
  ])
    assert.equal(faultOf(token), 'malformed')
})
