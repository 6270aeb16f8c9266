// What our access tokens say beyond oidc-provider's: the sign-in they came of, and, when the client is an agent, that
// the agent acts for the person, below a ceiling.
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ManagedConnections } from '../access/index.ts'
import type { AgentId } from '../kernel/ids.ts'
import { isId } from '../kernel/ids.ts'
import type { Audience, FindAudience } from './audiences.ts'
import type { Clients } from './clients.ts'
import type { Delegations } from './delegation.ts'
import { interactionRequired, invalidGrant, invalidTarget } from './errors.ts'
import { noteIssued } from './house-grants.ts'
import { claimsFor } from './issue.ts'
import type { IssuedByProvider } from './provider.ts'
import { endOfTerms, grantScopes, MustAsk, placeLinks, targetsOf } from './scopes.ts'
import { liveSignIn, type SignIns } from './sign-in-grants.ts'
import type { GrantSession } from './store.ts'

export interface Customizing extends SignIns {
  issuer: string
  clients: Clients
  managed: ManagedConnections
  audiences: FindAudience
  delegations: Delegations
  position(): number
  now(): number
}

export const customizer =
  (given: Customizing) =>
  async (ctx: KoaContextWithOIDC, token: IssuedByProvider, payload: Record<string, unknown>): Promise<void> => {
    // The position first: a sign-out that commits after the check below has a higher one and kills this token.
    const position = given.position()
    const signIn = token.grantId === undefined ? undefined : await liveSignIn(given, token.grantId)
    if (!signIn || signIn.user_id !== token.accountId) throw invalidGrant('the sign-in has ended')
    const { iat, exp, aud, scope } = payload as { iat: number; exp: number; aud: string; scope?: string }
    const acting = isId('agent', token.clientId)
      ? await actFor(given, { agent: token.clientId, signIn, aud, scope })
      : undefined
    const claims = claimsFor(given, {
      sub: signIn.user_id,
      audience: aud,
      client: token.clientId,
      scopes: acting?.scopes ?? scope?.split(' ') ?? [],
      seconds: exp - iat,
      notAfter: acting?.notAfter,
      position,
      links: [signIn.grant_id, ...(acting?.links ?? [])],
      chain: acting ? [token.clientId] : [],
      session: signIn.session_id,
      task: acting?.task,
      delegation: acting?.delegation,
      mayAct: given.clients.client(token.clientId)?.may_act ?? undefined,
    })
    for (const name of Object.keys(payload)) delete payload[name]
    Object.assign(payload, claims)
    noteIssued(ctx, claims)
  }

interface FirstHop {
  agent: AgentId
  signIn: GrantSession
  aud: string
  scope: string | undefined
}

// At a sign-in the person is there, but what waits for a yes is asked one by one, when it is wanted.
function scopesAtSignIn({ managed, now }: Customizing, { agent, audience, scope }: ScopesAtSignIn): string[] {
  try {
    return grantScopes(managed, now(), { chain: [agent], audience, scopes: scope?.split(' ') })
  } catch (error) {
    if (!(error instanceof MustAsk)) throw error
    throw interactionRequired(`${error.message} needs a person's approval; exchange this sign-in for it`)
  }
}

interface ScopesAtSignIn {
  agent: AgentId
  audience: Audience
  scope: string | undefined
}

async function actFor(given: Customizing, { agent, signIn, aud, scope }: FirstHop) {
  const audience = given.audiences(aud)
  if (!audience) throw invalidTarget('there is no such resource for this agent')
  const scopes = scopesAtSignIn(given, { agent, audience, scope })
  const delegation = await given.delegations.first({
    user: signIn.user_id,
    agent,
    session: signIn.session_id,
    grant: signIn.grant_id,
    position: signIn.position,
    expiresAt: given.now() + 12 * 3_600_000,
  })
  given.delegations.check(delegation, [agent, ...targetsOf(audience)])
  const notAfter = endOfTerms(given.managed, [agent], audience)
  return {
    scopes,
    notAfter,
    links: placeLinks([agent], audience),
    task: delegation.task,
    delegation: delegation.id,
  }
}
