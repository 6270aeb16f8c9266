// Public keys: what is taken, what it becomes, and what an attacker would like to register.
import assert from 'node:assert/strict'
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { Problem } from '../kernel/problem.ts'
import { publicKeys } from './keys.ts'

const pair = {
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ed: generateKeyPairSync('ed25519'),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
const jwk = (key: { export(options: { format: 'jwk' }): JsonWebKey }) => key.export({ format: 'jwk' })
const ec = jwk(pair.ec.publicKey)
const ed = jwk(pair.ed.publicKey)
const rsa = jwk(pair.rsa.publicKey)

describe('public keys', () => {
  it('of the three kinds are taken, each with the algorithm it can only mean', () => {
    const keys = publicKeys([ec, ed, { ...rsa, alg: 'PS256' }])
    assert.deepEqual(
      keys.map(({ kty, alg, use }) => [kty, alg, use]),
      [
        ['EC', 'ES256', 'sig'],
        ['OKP', 'EdDSA', 'sig'],
        ['RSA', 'PS256', 'sig'],
      ],
    )
  })

  it('without a key id get the thumbprint of RFC 7638', async () => {
    for (const key of [ec, ed, rsa])
      assert.equal(publicKeys([key])[0]?.kid, await calculateJwkThumbprint(key as JWK, 'sha256'))
  })

  it('keep a key id they have, and nothing that is not known', () => {
    const [key] = publicKeys([{ ...ec, kid: 'main', ext: true, key_ops: ['verify'], x5u: 'https://evil.example' }])
    assert.deepEqual(Object.keys(key ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    assert.equal(key?.kid, 'main')
  })

  const refused: [string, Record<string, unknown>, string][] = [
    ['a private EC key', jwk(pair.ec.privateKey), 'jwks.keys[0].d'],
    ['a private Ed25519 key', jwk(pair.ed.privateKey), 'jwks.keys[0].d'],
    ['a private RSA key', jwk(pair.rsa.privateKey), 'jwks.keys[0].d'],
    ['a key with an empty private member', { ...ec, d: '' }, 'jwks.keys[0].d'],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }, 'jwks.keys[0].k'],
    ['a symmetric key by another name', { kty: 'oct' }, 'jwks.keys[0].kty'],
    ['RSA factors', { ...rsa, p: 'AQAB' }, 'jwks.keys[0].p'],
    ['P-384', jwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), 'jwks.keys[0].kty'],
    ['secp256k1', jwk(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey), 'jwks.keys[0].kty'],
    ['an encryption curve', jwk(generateKeyPairSync('x25519').publicKey), 'jwks.keys[0].kty'],
    ['1024 bits of RSA', jwk(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey), 'jwks.keys[0].n'],
    ['an RSA modulus of a few bits', { ...rsa, n: 'AQAB' }, 'jwks.keys[0].n'],
    [
      'an RSA modulus that takes minutes',
      { ...rsa, n: Buffer.alloc(4096, 255).toString('base64url') },
      'jwks.keys[0].n',
    ],
    ['an RSA exponent of 1', { ...rsa, e: 'AQ' }, 'jwks.keys[0].e'],
    ['an RSA exponent of 3', { ...rsa, e: 'Aw' }, 'jwks.keys[0].e'],
    ['a point off the curve', { ...ec, y: ec.x }, 'jwks.keys[0]'],
    ['a key without its point', { kty: 'EC', crv: 'P-256' }, 'jwks.keys[0]'],
    ['members that are no text', { kty: 'RSA', n: { length: 1 }, e: [] }, 'jwks.keys[0]'],
    ['the wrong algorithm', { ...ec, alg: 'RS256' }, 'jwks.keys[0].alg'],
    ['no algorithm', { ...rsa, alg: 'none' }, 'jwks.keys[0].alg'],
    ['a symmetric algorithm on a public key', { ...rsa, alg: 'HS256' }, 'jwks.keys[0].alg'],
    ['an encryption key', { ...rsa, use: 'enc' }, 'jwks.keys[0].use'],
    ['a key for signing', { ...ec, key_ops: ['sign'] }, 'jwks.keys[0].key_ops'],
    ['an empty key id', { ...ec, kid: '' }, 'jwks.keys[0].kid'],
    ['a key id with a line break', { ...ec, kid: 'a\nb' }, 'jwks.keys[0].kid'],
    ['a key id that is no text', { ...ec, kid: 7 }, 'jwks.keys[0].kid'],
    ['a certificate instead of a key', { x5c: ['MIIB'] }, 'jwks.keys[0].kty'],
  ]
  for (const [what, key, field] of refused)
    it(`refuse ${what}, name the field and show no value`, () => {
      assert.throws(
        () => publicKeys([key]),
        (error) => {
          assert.ok(error instanceof Problem, String(error))
          assert.equal(error.details.errors?.[0]?.field, field)
          for (const value of Object.values(key))
            if (typeof value === 'string' && value.length > 20) assert.ok(!error.message.includes(value))
          return true
        },
      )
    })

  it('refuse one key id for two keys, given or computed', () => {
    assert.throws(
      () =>
        publicKeys([
          { ...ec, kid: 'a' },
          { ...ed, kid: 'a' },
        ]),
      /is there twice/,
    )
    assert.throws(() => publicKeys([ec, { ...ec, y: `${ec.y}=` }]), Problem)
  })
})
