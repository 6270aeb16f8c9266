// Issuing access tokens: one builder of claims for every grant.
import { randomId } from '../kernel/random.ts'
import { type AccessTokenClaims, type ActClaim, signAccessToken } from './access-token.ts'
import type { Keys } from './keys.ts'

export interface Issue {
  sub: string
  audience: string
  client: string
  scopes: readonly string[]
  /** Seconds it lives; cut by `notAfter`. */
  seconds: number
  /** Epoch seconds after which no link above lives. */
  notAfter?: number
  /** Position of the change log before anything was checked. */
  position: number
  /** Ids of the links above. */
  links: readonly string[]
  chain?: readonly string[]
  session?: string
  authTime?: number
  amr?: readonly string[]
  task?: string
  delegation?: string
  mayAct?: string
  /** RFC 9396: what was agreed to, as it was shown. */
  details?: readonly Record<string, unknown>[]
}

export interface Issued {
  token: string
  claims: AccessTokenClaims
  expiresIn: number
}

export interface Issuer {
  keys: Keys
  issuer: string
  now(): number
}

export function issueAccessToken(given: Issuer, wanted: Issue): Issued {
  const claims = claimsFor(given, wanted)
  return { token: signAccessToken(given.keys, claims), claims, expiresIn: claims.exp - claims.iat }
}

export function claimsFor({ issuer, now }: Omit<Issuer, 'keys'>, wanted: Issue): AccessTokenClaims {
  const iat = Math.floor(now() / 1000)
  const ownBusiness = wanted.sub.startsWith('agt_')
  return {
    iss: issuer,
    sub: wanted.sub,
    aud: wanted.audience,
    exp: Math.min(iat + wanted.seconds, wanted.notAfter ?? Number.POSITIVE_INFINITY),
    iat,
    jti: randomId(16).toString('base64url'),
    client_id: wanted.client,
    ...(wanted.scopes.length > 0 && { scope: wanted.scopes.join(' ') }),
    ...(wanted.session !== undefined && { sid: wanted.session }),
    ...(wanted.authTime !== undefined && { auth_time: wanted.authTime }),
    ...(wanted.amr !== undefined && { amr: wanted.amr }),
    ...(wanted.task !== undefined && { txn: wanted.task }),
    ...(wanted.chain && wanted.chain.length > 0 && { act: actClaim(issuer, wanted.chain) }),
    ...(ownBusiness && { sub_profile: 'ai_agent' as const }),
    ...(wanted.mayAct !== undefined && { may_act: { sub: wanted.mayAct, iss: issuer } }),
    ...(wanted.delegation !== undefined && { del: wanted.delegation }),
    ...(wanted.details && wanted.details.length > 0 && { authorization_details: wanted.details }),
    pos: wanted.position,
    lin: [...new Set(wanted.links)],
  }
}

/** Nested `act`, outermost (acting now) first (RFC 8693 §4.1; each with its issuer, as the actor profile requires). */
function actClaim(issuer: string, chain: readonly string[]): ActClaim | undefined {
  return chain.reduceRight<ActClaim | undefined>(
    (inner, sub) => ({ sub, iss: issuer, sub_profile: 'ai_agent', ...(inner && { act: inner }) }),
    undefined,
  )
}
