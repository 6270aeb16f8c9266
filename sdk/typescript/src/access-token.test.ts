// Tokens as those would write them who want to be somebody else.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { accessTokens } from './access-token.ts'
import type { Principal } from './principal.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const NOW = 1_800_000_000_000
const AUDIENCE = 'https://search.example'
let served = 0
let issuer = ''
let read: (token: string) => Promise<Principal>
let ours: CryptoKeyPair
let others: CryptoKeyPair
const server = createServer((_, response) => {
  served += 1
  crypto.subtle
    .exportKey('jwk', ours.publicKey)
    .then((jwk) => response.end(JSON.stringify({ keys: [{ ...jwk, kid: 'ours', alg: 'ES256' }] })))
})
type CryptoKeyPair = { publicKey: CryptoKey; privateKey: CryptoKey }
type CryptoKey = Parameters<typeof crypto.subtle.sign>[1]

before(async () => {
  ours = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  others = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  read = accessTokens({ issuer, audience: AUDIENCE, now: () => NOW })
})
after(() => server.close())

const base64 = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

async function token(claims: object = {}, head: object = {}, key = ours): Promise<string> {
  const all = { iss: issuer, aud: AUDIENCE, exp: NOW / 1000 + 60, sub: 'usr_dana', act: { sub: 'agt_bot' }, ...claims }
  const signed = `${base64({ alg: 'ES256', typ: 'at+jwt', kid: 'ours', ...head })}.${base64(all)}`
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, Buffer.from(signed))
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}

test('a good token makes a principal with its chain of agents', async () => {
  const made = await read(await token({ act: { sub: 'agt_sub', act: { sub: 'agt_bot' } } }))
  assert.equal(made.user, 'usr_dana')
  assert.deepEqual(made.agents, ['agt_sub', 'agt_bot'])
  await read(await token())
  assert.equal(served, 1)
})

test('what was not signed by the issuer, for here, for now, for a person, is refused', async () => {
  const good = await token()
  const [head, , signature] = good.split('.')
  const bad = [
    `${head}.${base64({ iss: issuer, aud: AUDIENCE, exp: NOW, sub: 'usr_eve' })}.${signature}`,
    `${base64({ alg: 'none', typ: 'at+jwt' })}.${good.split('.')[1]}.`,
    await token({}, {}, others),
    await token({}, { alg: 'HS256' }),
    await token({}, { typ: 'JWT' }),
    await token({}, { kid: 'unknown' }),
    await token({}, { kid: undefined }),
    await token({ iss: `${issuer}/` }),
    await token({ aud: 'https://other.example' }),
    await token({ aud: [AUDIENCE] }),
    await token({ exp: NOW / 1000 }),
    await token({ exp: undefined }),
    await token({ exp: '9999999999' }),
    await token({ sub: 'agt_bot', act: undefined }),
    await token({ sub: undefined }),
    await token({ sub: ['usr_dana'] }),
    await token({ act: 'agt_bot' }),
    await token({ cnf: { jkt: 'x' } }),
    await token({ cnf: null }),
    `${good}.more`,
    '',
    'usr_dana',
    '..',
  ]
  for (const wrong of bad) await assert.rejects(read(wrong), { code: 'token_refused' }, wrong)
  await assert.rejects(read(await token({ act: { sub: 'usr_eve' } })), { code: 'invalid' })
})

test('a token that is bound to its sender counts where the sender proved it', async () => {
  const bound = await token({ cnf: { jkt: 'the key' } })
  const given = { issuer, audience: AUDIENCE, now: () => NOW }
  const proving = accessTokens({ ...given, proven: (cnf) => (cnf as { jkt: string }).jkt === 'the key' })
  assert.equal((await proving(bound)).user, 'usr_dana')
  await assert.rejects(proving(await token({ cnf: { jkt: 'another' } })), { code: 'token_refused' })
})

test('unknown keys do not make it ask the issuer again and again', async () => {
  const before = served
  for (let at = 0; at < 5; at++)
    await assert.rejects(read(await token({}, { kid: `k${at}` })), { code: 'token_refused' })
  assert.equal(served, before)
})

test('a key that the issuer takes back is not trusted for long', async () => {
  let now = NOW
  const reading = accessTokens({ issuer, audience: AUDIENCE, now: () => now })
  const good = await token({ exp: NOW / 1000 + 3600 })
  await reading(good)
  const kept = ours
  ours = others
  try {
    now += 5 * 60_000
    await reading(good)
    now += 5 * 60_000
    await assert.rejects(reading(good), { code: 'token_refused' })
  } finally {
    ours = kept
  }
})
