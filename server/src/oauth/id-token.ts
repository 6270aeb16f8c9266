// ID tokens of our own grants (OpenID Connect Core §2), signed like access tokens.
import { createHash, sign } from 'node:crypto'
import type { Keys } from './keys.ts'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export function signIdToken(
  keys: Keys,
  { claims, accessToken }: { claims: Readonly<Record<string, unknown>>; accessToken: string },
): string {
  const { kid, alg, privateKey } = keys.signing
  // OpenID Connect Core §3.1.3.6: the left half of the hash of the access token.
  const at_hash = createHash('sha256').update(accessToken, 'ascii').digest().subarray(0, 16).toString('base64url')
  const content = `${encode({ alg, typ: 'JWT', kid })}.${encode({ ...claims, at_hash })}`
  const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${content}.${signature.toString('base64url')}`
}
