// The road's first step: a token for this very audience, or a person's first-party session.
import type { Sessions } from '../authentication/index.ts'
import type { AgentId, ClientId, DelegationId, SessionId, TaskId, UserId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import { below, type Call, refuseForeignSite } from '../pipeline/index.ts'
import { type AccessTokenClaims, actorsOf, linksOf } from './access-token.ts'
import type { TokenFault, VerifyToken } from './verify.ts'

export interface Authenticating {
  verify: VerifyToken
  sessions: Sessions
  issuer: string
  /** Throws `unavailable` when revocations may be unknown here. */
  assertFresh(): void
}

export interface Authenticator {
  authenticate(call: Call): Principal | Promise<Principal>
  /** Whether nothing that a principal by token stands on has died since; says nothing of the token's expiry. */
  stillValid(principal: Principal): boolean
}

export function authenticator(given: Authenticating): Authenticator {
  // The token behind each principal, for calls and streams that go on after they were let in.
  const tokens = new WeakMap<Principal, string>()
  // One token, one principal: nothing of it changes, and what may have changed around it is asked of `verify`.
  const principals = new WeakMap<AccessTokenClaims, Principal>()
  const api = below(given.issuer, '/api')
  const authenticate = ({ credentials }: Call): Principal | Promise<Principal> => {
    given.assertFresh()
    if (credentials.audience === 'session') return bySession(given, credentials)
    // The management API serves the house's own pages too: they have a cookie and no token.
    if (credentials.audience === api && credentials.authorization === undefined && credentials.session !== undefined)
      return bySession(given, credentials)
    const token = bearerToken(credentials.authorization)
    const verified = given.verify(token)
    if ('fault' in verified && !TOKEN.test(token)) throw unauthenticated('A bearer token is needed.', 'missing')
    if ('fault' in verified) throw unauthenticated(`The token is not valid: ${verified.fault}.`, verified.fault)
    // A token for one audience is refused at every other (invariant 2).
    if (verified.claims.aud !== credentials.audience)
      throw unauthenticated('The token was issued for another audience.', 'other_audience')
    const known = principals.get(verified.claims)
    if (known) return known
    const principal = principalOf(verified.claims)
    principals.set(verified.claims, principal)
    tokens.set(principal, token)
    return principal
  }
  return {
    authenticate,
    stillValid(principal) {
      const token = tokens.get(principal)
      if (token === undefined) return false
      const verified = given.verify(token)
      return 'claims' in verified || verified.fault === 'expired'
    },
  }
}

const SCHEME = 'bearer '
/** RFC 6750 §2.1. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/** The only way in; empty where there is none. */
const bearerToken = (authorization = ''): string =>
  authorization.slice(0, SCHEME.length).toLowerCase() === SCHEME ? authorization.slice(SCHEME.length) : ''

function unauthenticated(detail: string, fault: TokenFault | 'missing' | 'other_audience'): Problem {
  const challenge = fault === 'missing' ? 'Bearer' : `Bearer error="invalid_token", error_description="${detail}"`
  return new Problem('unauthenticated', { detail, fault, headers: { 'www-authenticate': challenge } })
}

function principalOf(claims: AccessTokenClaims): Principal {
  const ownBusiness = claims.sub_profile === 'ai_agent'
  const actors = actorsOf(claims.act).map((sub) => ({ sub: sub as AgentId }))
  return {
    sub: claims.sub as UserId | AgentId | ClientId,
    kind: ownBusiness ? 'agent' : claims.sub.startsWith('usr_') ? 'user' : 'service',
    act: ownBusiness ? [...actors, { sub: claims.sub as AgentId }] : actors,
    client: claims.client_id as AgentId | ClientId,
    scopes: new Set(claims.scope?.split(' ')),
    authorizationDetails: claims.authorization_details ?? [],
    audience: claims.aud,
    expiresAt: claims.exp,
    tokenId: claims.jti,
    // Not the token itself: agents renew their tokens while what they began goes on.
    links: linksOf(claims).filter((link) => link !== claims.jti),
    position: claims.pos,
    ...(claims.sid !== undefined && { session: claims.sid as SessionId }),
    ...(claims.txn !== undefined && { task: claims.txn as TaskId }),
    ...(claims.del !== undefined && { delegation: claims.del as DelegationId }),
  }
}

async function bySession(given: Authenticating, credentials: Call['credentials']): Promise<Principal> {
  const session = await given.sessions.find(credentials.session)
  if (!session) throw new Problem('unauthenticated', { detail: 'Sign in first.' })
  if (credentials.method !== 'GET' && credentials.method !== 'HEAD') refuseForeignSite(given.issuer, credentials)
  return {
    sub: session.user,
    kind: 'user',
    act: [],
    client: 'cli_first_party',
    session: session.id,
    position: session.position,
    scopes: new Set(['session']),
    authorizationDetails: [],
    audience: 'session',
    expiresAt: Math.floor(session.expiresAt / 1000),
  }
}
