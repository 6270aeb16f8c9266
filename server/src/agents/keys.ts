// Public keys an agent signs with (RFC 7517): checked, put into one form, each with a key id.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { PublicJwk } from '@mandate/contract'
import { invalid } from '../kernel/problem.ts'

type Given = Readonly<Record<string, unknown>>

// RFC 7518 §6.2.2, §6.3.2, §6.4.1: members that only a private or symmetric key has.
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192
// An exponent of 1 makes every signature valid; 65537 is what every tool uses.
const MIN_RSA_EXPONENT = 65_537n

/** The keys as they are kept. Throws `invalid_input` naming the key and the rule, never a value. */
export function publicKeys(given: readonly Given[]): PublicJwk[] {
  const kids = new Set<string>()
  return given.map((jwk, index) => {
    const key = publicKey(jwk, `jwks.keys[${index}]`)
    if (kids.has(key.kid)) throw invalid(`jwks.keys[${index}].kid`, 'is there twice')
    kids.add(key.kid)
    return key
  })
}

function publicKey(jwk: Given, field: string): PublicJwk {
  for (const member of PRIVATE)
    if (Object.hasOwn(jwk, member))
      throw invalid(`${field}.${member}`, 'belongs to a private key; send the public key only, and replace this key')
  const algs = algorithms(jwk, field)
  if (jwk.alg !== undefined && !algs.includes(String(jwk.alg)))
    throw invalid(`${field}.alg`, `must be ${algs.join(' or ')} for this key`)
  if (jwk.use !== undefined && jwk.use !== 'sig') throw invalid(`${field}.use`, 'must be sig')
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify')))
    throw invalid(`${field}.key_ops`, 'must include verify')
  const key = read(jwk, field)
  if (key.asymmetricKeyType === 'rsa') checkRsa(key, field)
  // Exported again: one spelling per key, and nothing of the given object beside its public members.
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' })
  const members = kty === 'EC' ? { crv, x, y } : kty === 'OKP' ? { crv, x } : { n, e }
  return {
    kty: kty as PublicJwk['kty'],
    kid: keyId(jwk, field) ?? thumbprint({ kty, ...members }),
    use: 'sig',
    ...members,
    ...(kty === 'EC' && { alg: 'ES256' }),
    ...(kty === 'OKP' && { alg: 'EdDSA' }),
    ...(kty === 'RSA' && jwk.alg !== undefined && { alg: jwk.alg as 'RS256' | 'PS256' }),
  }
}

function algorithms({ kty, crv }: Given, field: string): readonly string[] {
  if (kty === 'EC' && crv === 'P-256') return ['ES256']
  // RFC 9864 §2.2 names the algorithm Ed25519; RFC 8037 called it EdDSA.
  if (kty === 'OKP' && crv === 'Ed25519') return ['EdDSA', 'Ed25519']
  if (kty === 'RSA') return ['RS256', 'PS256']
  throw invalid(`${field}.kty`, 'must be EC with crv P-256, OKP with crv Ed25519, or RSA')
}

function read({ kty, crv, x, y, n, e }: Given, field: string): KeyObject {
  try {
    const members = kty === 'EC' ? { crv, x, y } : kty === 'OKP' ? { crv, x } : { n, e }
    return createPublicKey({ key: { kty, ...members } as unknown as Record<string, string>, format: 'jwk' })
  } catch {
    throw invalid(field, 'is not a valid public key')
  }
}

function checkRsa({ asymmetricKeyDetails }: KeyObject, field: string): void {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {}
  if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS)
    throw invalid(`${field}.n`, `must have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits`)
  if (publicExponent < MIN_RSA_EXPONENT || publicExponent >= 2n ** 32n || publicExponent % 2n === 0n)
    throw invalid(`${field}.e`, 'must be 65537 or another odd number below 2^32 above it')
}

function keyId({ kid }: Given, field: string): string | undefined {
  if (kid === undefined) return undefined
  if (typeof kid !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(kid))
    throw invalid(`${field}.kid`, 'must be 1 to 200 printable ASCII characters without spaces')
  return kid
}

// RFC 7638 §3: the required members in lexicographic order, no white space, SHA-256.
function thumbprint(members: Readonly<Record<string, string | undefined>>): string {
  const sorted = Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url')
}
