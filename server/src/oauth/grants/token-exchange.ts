// RFC 8693: an agent trades what it was given for a token at one resource, for the same person, never wider.
import type { Agents } from '../../agents/index.ts'
import { type AgentId, type DelegationId, isId, type UserId } from '../../kernel/ids.ts'
import type { Principal } from '../../kernel/principal.ts'
import { type AccessTokenClaims, actorsOf } from '../access-token.ts'
import type { Audience, FindAudience } from '../audiences.ts'
import type { Delegations } from '../delegation.ts'
import { accessDenied, invalidRequest, invalidScope, invalidTarget, unauthorizedClient } from '../errors.ts'
import { type Issued, type Issuer, issueAccessToken } from '../issue.ts'
import { APPROVED_SECONDS, grantOrAsk, type ScopeApproval, type Waiting } from '../scope-approval.ts'
import { endOfTerms, placeLinks, targetsOf } from '../scopes.ts'
import type { Delegation, GrantSession } from '../store.ts'
import type { VerifyToken } from '../verify.ts'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt'

export const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'resource',
  'audience',
  'scope',
] as const

export type ExchangeRequest = Partial<Record<(typeof PARAMETERS)[number], string>>

export interface Exchanging extends Issuer, ScopeApproval {
  agents: Agents
  audiences: FindAudience
  delegations: Delegations
  verify: VerifyToken
  /** An opaque access token of a sign-in (for userinfo) as claims; undefined if it is none, or dead. */
  opaque(token: string): Promise<AccessTokenClaims | undefined>
  /** The sign-in that a token without a delegation came of, while it counts. */
  signInOf(claims: AccessTokenClaims): Promise<GrantSession | undefined>
  position(): number
}

/** Each step reads as its name; a step that finds a fault throws the protocol's error and nothing was changed. */
export async function exchangeToken(
  given: Exchanging,
  { client, attempt }: { client: string; attempt: string },
  request: ExchangeRequest,
): Promise<Issued | Waiting> {
  const position = given.position()
  checkTokenTypes(request)
  const holder = activeAgent(given, client)
  const subject = await readSubject(given, request)
  const actor = readActor(given, holder, request)
  checkMeantFor(given, holder, subject)
  const audience = findTarget(given, request)
  const chain = buildChain(given, [holder, actor], subject)
  const asked = askedScopes(request, subject, audience)
  const ceiling = await fixCeiling(given, chain, subject)
  given.delegations.check(ceiling, [...chain, ...targetsOf(audience)])
  const links = [...subject.lin, subject.jti, ...placeLinks(chain, audience)]
  const principal = principalOf(subject, { chain, client: holder, ceiling, links })
  const granted = await grantOrAsk(given, { principal, chain, audience, scopes: asked, attempt }, (scopes) =>
    checkBelow(ceiling, audience, scopes),
  )
  if (granted.waits) return granted
  const { scopes, approval } = granted
  return issueAccessToken(given, {
    sub: subject.sub,
    audience: audience.identifier,
    client: holder,
    scopes,
    seconds: approval === undefined ? audience.seconds : Math.min(audience.seconds, APPROVED_SECONDS),
    notAfter: Math.min(subject.exp, Math.floor(ceiling.expires_at / 1000), endOfTerms(given.managed, chain, audience)),
    position: Math.min(position, subject.pos),
    links: approval === undefined ? links : [...links, approval],
    chain,
    session: subject.sid,
    authTime: subject.auth_time,
    amr: subject.amr,
    task: ceiling.task,
    delegation: ceiling.id,
  })
}

interface Hop {
  chain: readonly AgentId[]
  client: AgentId
  ceiling: Delegation
  links: readonly string[]
}

// Who would hold the token: that is who asks, if a person must be asked.
function principalOf(subject: AccessTokenClaims, { chain, client, ceiling, links }: Hop): Principal {
  return {
    ...{ sub: subject.sub as UserId, kind: 'user', act: chain.map((sub) => ({ sub })), client, task: ceiling.task },
    ...{ delegation: ceiling.id, scopes: new Set(), authorizationDetails: [], audience: '', expiresAt: subject.exp },
    ...{ links: [subject.sub, ...chain, ...links, ceiling.task, ceiling.id], position: subject.pos },
  }
}

function checkTokenTypes(request: ExchangeRequest): void {
  const { subject_token, subject_token_type, actor_token, actor_token_type, requested_token_type } = request
  if (!subject_token) throw invalidRequest('subject_token is required')
  if (subject_token_type !== ACCESS_TOKEN_TYPE && subject_token_type !== JWT_TYPE)
    throw invalidRequest(`subject_token_type must be ${ACCESS_TOKEN_TYPE}`)
  if ((actor_token === undefined) !== (actor_token_type === undefined))
    throw invalidRequest('actor_token and actor_token_type go together')
  if (actor_token_type !== undefined && actor_token_type !== ACCESS_TOKEN_TYPE && actor_token_type !== JWT_TYPE)
    throw invalidRequest(`actor_token_type must be ${ACCESS_TOKEN_TYPE}`)
  if (
    requested_token_type !== undefined &&
    requested_token_type !== ACCESS_TOKEN_TYPE &&
    requested_token_type !== JWT_TYPE
  )
    throw invalidRequest(`requested_token_type must be ${ACCESS_TOKEN_TYPE}`)
}

function activeAgent(given: Exchanging, client: string): AgentId {
  if (!isId('agent', client)) throw unauthorizedClient('only agents exchange tokens')
  const standing = given.agents.standing(client)
  if (standing !== 'active') throw unauthorizedClient(`this agent is ${standing}`)
  return client
}

async function readSubject(given: Exchanging, { subject_token = '' }: ExchangeRequest): Promise<AccessTokenClaims> {
  const verified = given.verify(subject_token)
  const claims = 'claims' in verified ? verified.claims : await given.opaque(subject_token)
  if (!claims) throw invalidRequest('subject_token is not valid')
  if (!isId('user', claims.sub)) throw invalidRequest("subject_token is not a person's")
  return claims
}

function readActor(given: Exchanging, holder: AgentId, { actor_token }: ExchangeRequest): AgentId {
  if (actor_token === undefined) return holder
  const verified = given.verify(actor_token)
  if (!('claims' in verified)) throw invalidRequest('actor_token is not valid')
  const { sub, sub_profile, act } = verified.claims
  // The proof of an agent is a token of its own business; one it holds for a person proves nothing of who asks now.
  if (sub_profile !== 'ai_agent' || act || !isId('agent', sub))
    throw invalidRequest("actor_token is not an agent's own")
  return sub
}

/** Issued to this agent, addressed to a resource this agent is, or naming it in `may_act` (CONTRACT §2). */
function checkMeantFor(given: Exchanging, holder: AgentId, subject: AccessTokenClaims): void {
  if (subject.client_id === holder) return
  if (subject.may_act?.sub === holder) return
  const audience = given.audiences(subject.aud)
  if (audience?.kind === 'resource' && audience.resource.agent === holder) return
  throw invalidRequest('subject_token was not meant for this agent')
}

function findTarget(given: Exchanging, { resource, audience }: ExchangeRequest): Audience {
  if (resource !== undefined && audience !== undefined && resource !== audience)
    throw invalidTarget('resource and audience name different targets')
  const identifier = resource ?? audience
  if (identifier === undefined) throw invalidTarget('resource is required')
  const target = given.audiences(identifier)
  if (!target || target.kind === 'house') throw invalidTarget('there is no such resource for this agent')
  return target
}

// Audiences differ from hop to hop, so the ceiling narrows and not the strings; at one and the same audience a token
// never becomes one with more scopes.
function askedScopes({ scope }: ExchangeRequest, subject: AccessTokenClaims, audience: Audience): string[] | undefined {
  const asked = scope?.split(' ')
  if (subject.aud !== audience.identifier) return asked
  const held = subject.scope?.split(' ') ?? []
  const beyond = asked?.find((name) => !held.includes(name))
  if (beyond !== undefined) throw invalidScope(`${beyond} is beyond the subject token`)
  return asked ?? held
}

/**
 * The agents of the new token, outermost first: those of the subject token, then who asks, then whom it asks for. Who
 * asks is always among them, or an actor's token in the wrong hands would lend its rights to whoever holds it.
 */
function buildChain(given: Exchanging, next: readonly AgentId[], subject: AccessTokenClaims): AgentId[] {
  const before = actorsOf(subject.act) as AgentId[]
  const chain = next.reduce((links, agent) => handOn(given, links, agent), before)
  const depth = Math.min(...chain.map((agent) => given.agents.maxDepth(agent)))
  if (chain.length > depth) throw invalidRequest(`delegation is ${chain.length} deep, ${depth} is allowed`)
  for (const agent of chain) if (given.agents.standing(agent) !== 'active') throw accessDenied(`${agent} is not active`)
  return chain
}

/** One link more, if the outermost agent has allowed it. */
function handOn(given: Exchanging, chain: AgentId[], to: AgentId): AgentId[] {
  const [outer] = chain
  if (outer === to) return chain
  if (outer !== undefined && !given.agents.mayDelegateTo(outer).has(to))
    throw accessDenied(`${outer} does not delegate to ${to}`)
  if (chain.includes(to)) throw accessDenied('an agent cannot be delegated to twice in one chain')
  return [to, ...chain]
}

async function fixCeiling(
  given: Exchanging,
  chain: readonly AgentId[],
  subject: AccessTokenClaims,
): Promise<Delegation> {
  if (subject.del !== undefined) {
    const found = await given.delegations.find(subject.del as DelegationId)
    if (!found || found.expires_at <= given.now()) throw invalidRequest('the delegation has ended')
    return found
  }
  const agent = chain.at(-1)
  if (agent === undefined) throw invalidRequest('there is no agent to delegate to')
  const signIn = await given.signInOf(subject)
  if (!signIn) throw invalidRequest('the sign-in has ended')
  return given.delegations.first({
    user: signIn.user_id,
    agent,
    session: signIn.session_id,
    grant: signIn.grant_id,
    position: signIn.position,
    expiresAt: given.now() + 12 * 3_600_000,
  })
}

function checkBelow(ceiling: Delegation, audience: Audience, scopes: readonly string[]): void {
  const allowed = ceiling.resources[audience.identifier]
  if (!allowed) throw invalidTarget('the delegation does not reach this resource')
  const beyond = scopes.find((scope) => !allowed.includes(scope))
  if (beyond !== undefined) throw invalidScope(`${beyond} is beyond the delegation`)
}
