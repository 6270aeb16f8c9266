// Whether a token counts now: verified once, then judged at every call by what may have changed since.
import { LRUCache } from 'lru-cache'
import type { Agents } from '../agents/index.ts'
import type { People } from '../directory/index.ts'
import { isId } from '../kernel/ids.ts'
import type { Revocations } from '../platform/changes/index.ts'
import { type AccessTokenClaims, actorsOf, linksOf, readAccessToken } from './access-token.ts'
import type { Clients } from './clients.ts'
import type { Keys } from './keys.ts'

export interface Verifying {
  keys: Keys
  issuer: string
  agents: Agents
  people: People
  clients: Clients
  revocations: Revocations
  now(): number
}

/** Why a token does not count. */
export type TokenFault = 'malformed' | 'expired' | 'revoked' | 'agent_not_active' | 'user_not_active' | 'client_unknown'

export type VerifyToken = (token: string) => { claims: AccessTokenClaims } | { fault: TokenFault }

export function tokenVerifier(given: Verifying): VerifyToken {
  // Tokens that were verified, bounded by count: one that has expired is judged so below, as long as it is asked about.
  // By their signatures, which are shorter to look up; it is the whole token that must be the same.
  const seen = new LRUCache<string, { token: string; claims: AccessTokenClaims; links: readonly string[] }>({
    max: 20_000,
  })

  const read = (token: string) => {
    const signature = token.slice(token.lastIndexOf('.') + 1)
    const known = seen.get(signature)
    if (known?.token === token) return known
    const claims = readAccessToken(given.keys, given.issuer, token)
    if (!claims) return undefined
    const entry = { token, claims, links: linksOf(claims) }
    if (claims.exp * 1000 > given.now()) seen.set(signature, entry)
    return entry
  }

  return (token) => {
    const entry = read(token)
    if (!entry) return { fault: 'malformed' }
    const { claims, links } = entry
    if (given.revocations.dead(links, claims.pos)) return { fault: 'revoked' }
    const subject = claims.sub
    if (isId('user', subject) && !given.people.active(subject)) return { fault: 'user_not_active' }
    const chain = isId('agent', subject) ? [subject, ...actorsOf(claims.act)] : actorsOf(claims.act)
    for (const agent of chain)
      if (!isId('agent', agent) || given.agents.standing(agent) !== 'active') return { fault: 'agent_not_active' }
    if (!isId('agent', claims.client_id) && !given.clients.client(claims.client_id)) return { fault: 'client_unknown' }
    if (claims.exp * 1000 <= given.now()) return { fault: 'expired' }
    return { claims }
  }
}
