// Access tokens as JWTs (RFC 9068), signed and verified with node:crypto directly: this is the hot path.
import { sign, verify } from 'node:crypto'
import type { Keys } from './keys.ts'

export interface ActClaim {
  sub: string
  iss: string
  sub_profile: 'ai_agent'
  act?: ActClaim
}

/** The claims of every token we issue (CONTRACT §2). */
export interface AccessTokenClaims {
  iss: string
  sub: string
  aud: string
  exp: number
  iat: number
  jti: string
  client_id: string
  scope?: string
  sid?: string
  auth_time?: number
  acr?: string
  amr?: readonly string[]
  authorization_details?: readonly Record<string, unknown>[]
  txn?: string
  act?: ActClaim
  sub_profile?: 'ai_agent'
  may_act?: { sub: string; iss: string }
  del?: string
  /** Position of the change log at issue. */
  pos: number
  /** Ids of the links above this token: killing one kills it. */
  lin: readonly string[]
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export function signAccessToken(keys: Keys, claims: AccessTokenClaims): string {
  const { kid, alg, privateKey } = keys.signing
  const content = `${encode({ alg, typ: 'at+jwt', kid })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${content}.${signature.toString('base64url')}`
}

/**
 * The claims of a token that we signed for this issuer and whose shape is right; undefined otherwise. Says nothing of
 * expiry, audience or revocation: those change from call to call and are judged each time.
 */
export function readAccessToken(keys: Keys, issuer: string, token: string): AccessTokenClaims | undefined {
  if (token.length > 16_384) return undefined
  const [head, body, signature, ...rest] = token.split('.')
  if (!head || !body || !signature || rest.length > 0) return undefined
  const header = decode(head)
  // RFC 8725 §3.1, §3.11: the algorithm and the type are ours to say, not the token's.
  if (header?.alg !== 'ES256' || header.typ !== 'at+jwt' || typeof header.kid !== 'string' || 'crit' in header)
    return undefined
  const key = keys.byKid.get(header.kid)
  if (!key) return undefined
  const bytes = Buffer.from(signature, 'base64url')
  // Only the canonical encoding: a second spelling of one signature would be a second token in the cache.
  if (bytes.length !== 64 || bytes.toString('base64url') !== signature) return undefined
  const signed = verify(
    'sha256',
    Buffer.from(`${head}.${body}`),
    { key: key.publicKey, dsaEncoding: 'ieee-p1363' },
    bytes,
  )
  const claims = signed ? decode(body) : undefined
  return claims && claims.iss === issuer && isWhole(claims) ? claims : undefined
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isWhole(claims: object): claims is AccessTokenClaims {
  const { sub, aud, exp, iat, jti, client_id, pos, lin } = claims as Partial<AccessTokenClaims>
  return (
    [sub, aud, jti, client_id].every((claim) => typeof claim === 'string' && claim !== '') &&
    [exp, iat, pos].every((claim) => Number.isSafeInteger(claim)) &&
    Array.isArray(lin)
  )
}

/** Subjects of an `act` claim, outermost first. */
export function actorsOf(act: ActClaim | undefined): string[] {
  const actors: string[] = []
  for (let actor = act; actor; actor = actor.act) actors.push(actor.sub)
  return actors
}

/** Everything whose revocation kills the token: what it names, and the links above it. */
export const linksOf = (claims: AccessTokenClaims): string[] => {
  const links = [claims.jti, claims.sub, claims.client_id, ...actorsOf(claims.act), ...claims.lin]
  for (const link of [claims.sid, claims.txn, claims.del]) if (link !== undefined) links.push(link)
  return links
}
