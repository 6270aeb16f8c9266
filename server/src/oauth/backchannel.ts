// CIBA Core 1.0: an agent asks a person out of band. oidc-provider authenticates the client and finds the person; the
// question itself is a pending request like any other.
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { askedTerms, type ManagedConnections } from '../access/index.ts'
import type { Agents } from '../agents/index.ts'
import { LONGEST_SECONDS, type Requesting, refusalOf } from '../approvals/index.ts'
import type { People } from '../directory/index.ts'
import { type AgentId, isId, type UserId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import { JsonRefused, parseStrict } from '../kernel/strict-json.ts'
import type { Audience, FindAudience } from './audiences.ts'
import type { Delegations } from './delegation.ts'
import { accessDenied, invalidScope, invalidTarget, unauthorizedClient } from './errors.ts'
import { contextOf } from './protocol.ts'
import { placeLinks, scopesOpen, targetOf } from './scopes.ts'

export interface BackchannelGround {
  issuer: string
  people: People
  agents: Agents
  managed: ManagedConnections
  audiences: FindAudience
  delegations: () => Delegations
  approvals: Requesting
  position(): number
  now(): number
}

const DEFAULT_SECONDS = 300
const INTERVAL = 5
const MESSAGE_LENGTH = 128

const NOBODY = 'usr_nobody' as UserId

/**
 * The person that a `login_hint` names, if `client` may act for them. Who is not there and who has nothing to do with
 * this agent are told alike, here and before anything else is looked at: it must not learn who exists.
 */
export async function personAsked(given: BackchannelGround, client: string, hint: string): Promise<UserId | undefined> {
  const user = personHinted(given, hint)
  const may = isId('agent', client) && (await given.delegations().mayActFor(client, user ?? NOBODY))
  return may ? user : undefined
}

/** The person that a `login_hint` names: `iss_sub` as JSON, their id, or their address. Undefined for nobody. */
function personHinted({ people, issuer }: BackchannelGround, hint: string): UserId | undefined {
  if (isId('user', hint)) return people.active(hint) ? hint : undefined
  if (!hint.startsWith('{')) return people.byEmail(hint)
  try {
    const { format, iss, sub } = JSON.parse(hint) as Record<string, unknown>
    // Auth0's clients write the issuer with a slash at its end.
    const ours = typeof iss === 'string' && iss.replace(/\/$/, '') === issuer.replace(/\/$/, '')
    return format === 'iss_sub' && ours && typeof sub === 'string' && isId('user', sub) && people.active(sub)
      ? sub
      : undefined
  } catch {
    return undefined
  }
}

/** People read it as the agent's words: one line, with nothing in it that changes how the rest is read. */
export function checkBindingMessage(message: string | undefined): void {
  if (message === undefined || message === '') return
  if (message.length > MESSAGE_LENGTH || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(message))
    throw new errors.InvalidBindingMessage(`must be one line of at most ${MESSAGE_LENGTH} printable characters`)
}

/** RFC 9396 §2: a list of objects that each say their type; read strictly, since it is what a person approves. */
export function detailsIn(ctx: KoaContextWithOIDC): Record<string, unknown>[] {
  const given = (ctx.oidc.body as Record<string, unknown> | undefined)?.authorization_details
  if (given === undefined || given === '') return []
  const wrong = (rule: string) => new errors.InvalidAuthorizationDetails(`authorization_details ${rule}`)
  if (typeof given !== 'string' || given.length > 5 * 1024) throw wrong('must be JSON of at most 5 KB, once')
  try {
    const value = parseStrict(Buffer.from(given))
    if (!Array.isArray(value) || value.length === 0 || value.length > 5) throw wrong('must be a list of 1 to 5')
    for (const one of value)
      if (typeof one !== 'object' || one === null || Array.isArray(one) || !isType(one.type))
        throw wrong('must be objects with a type of at most 100 visible ASCII characters')
    return value
  } catch (error) {
    throw error instanceof JsonRefused ? wrong(error.message) : error
  }
}

const isType = (type: unknown): boolean => typeof type === 'string' && /^[!-~]{1,100}$/.test(type)

/** Asks the person. The answer to the client is already in place; a refusal thrown here takes its place. */
export async function askPerson(given: BackchannelGround, ctx: KoaContextWithOIDC, user: string): Promise<void> {
  const client = ctx.oidc.client?.clientId ?? ''
  const agent = agentAsking(given, client)
  // However the person was named; the same words as for somebody who is not there.
  if (!isId('user', user) || !(await given.delegations().mayActFor(agent, user)))
    throw new errors.UnknownUserId('could not identify end-user')
  const { scope, requested_expiry, binding_message } = ctx.oidc.params as Record<string, string | undefined>
  const audience = audienceAsked(given, ctx)
  const scopes = scopesAsked(given, { agent, audience, scope })
  const details = detailsIn(ctx)
  const principal = principalOf(given, { agent, user, audience })
  const seconds = Math.min(Number(requested_expiry) || DEFAULT_SECONDS, LONGEST_SECONDS)
  const body = ctx.body as { auth_req_id: string; expires_in: number; interval?: number }
  const row = await given.approvals
    .open({
      ...{ kind: 'ciba', principal, connection: null, context: valuesOf(details), handle: body.auth_req_id },
      exact: { kind: 'ciba', audience: audience?.identifier ?? null, scopes, authorization_details: details },
      action: details.length > 0 ? details.map(({ type }) => String(type)).join(', ') : scopes.join(' ') || 'sign-in',
      target: { name: nameOf(audience), host: audience ? hostOf(audience) : null },
      // What details of a type that nobody classified come to is not known; the scopes beside them do not make it less.
      effect: details.length > 0 ? 'irreversible' : effectOf(audience, scopes),
      message: binding_message || null,
      shown: { ...(scopes.length > 0 && { scopes }), ...(details.length > 0 && { authorization_details: details }) },
      terms: termsOf(given, { principal, user, audience, scopes, seconds }),
      attempt: contextOf(ctx.req)?.attempt ?? null,
    })
    .catch((error: unknown) => {
      const refused = refusalOf(error)
      throw refused ? accessDenied(refused.detail) : error
    })
  contextOf(ctx.req)?.note({ approval: row.id, client, sub: user })
  body.expires_in = seconds
  body.interval = INTERVAL
}

function agentAsking({ agents }: BackchannelGround, client: string): AgentId {
  if (!isId('agent', client) || agents.standing(client) !== 'active') throw unauthorizedClient('only active agents ask')
  return client
}

function audienceAsked({ audiences }: BackchannelGround, ctx: KoaContextWithOIDC): Audience | undefined {
  const named = Object.keys(ctx.oidc.resourceServers ?? {})
  if (named.length > 1) throw invalidTarget('one resource at a time')
  const [identifier] = named
  const audience = identifier === undefined ? undefined : audiences(identifier)
  if (identifier !== undefined && (!audience || audience.kind === 'house'))
    throw invalidTarget('there is no such resource for this agent')
  return audience
}

const OIDC = new Set(['openid', 'offline_access', 'email', 'profile'])

interface ScopesAsked {
  agent: AgentId
  audience: Audience | undefined
  scope: string | undefined
}

function scopesAsked({ managed, now }: BackchannelGround, { agent, audience, scope = '' }: ScopesAsked): string[] {
  // One order: the same question in another one is the same question, also after a no.
  const asked = [...new Set(scope.split(' '))].filter((name) => name !== '' && !OIDC.has(name)).sort()
  if (audience)
    return scopesOpen(managed, now(), { chain: [agent], audience, scopes: asked.length > 0 ? asked : undefined })
  if (asked.length > 0) throw invalidScope('say at which resource, with the parameter resource')
  return []
}

export function principalOf(
  { position, now }: BackchannelGround,
  { agent, user, audience }: { agent: AgentId; user: UserId; audience: Audience | undefined },
): Principal {
  return {
    ...{ sub: user, kind: 'user', act: [{ sub: agent }], client: agent, scopes: new Set(), authorizationDetails: [] },
    ...{ audience: audience?.identifier ?? '', expiresAt: Math.floor(now() / 1000) + LONGEST_SECONDS },
    links: [user, agent, ...(audience ? placeLinks([agent], audience) : [])],
    position: position(),
  }
}

interface Terms {
  principal: Principal
  user: UserId
  audience: Audience | undefined
  scopes: readonly string[]
  seconds: number
}

// The person named is asked in any case; where the agent's terms want others as well, they too.
export function termsOf({ managed, now }: BackchannelGround, { principal, user, audience, scopes, seconds }: Terms) {
  const target = audience && targetOf(audience)
  const own = { approvers: [{ user }], quorum: 1 }
  if (!target) return { requirements: [own], ttlSeconds: seconds, holdSeconds: 0 }
  const { requirements, holdSeconds } = askedTerms(managed, principal, { target, scopes, now: now() })
  const others = requirements.filter(({ approvers }) => !approvers.some((one) => 'user' in one && one.user === user))
  return { requirements: [own, ...others], ttlSeconds: seconds, holdSeconds }
}

const nameOf = (audience: Audience | undefined): string => {
  if (audience?.kind === 'connection') return audience.connection.name
  return audience?.kind === 'resource' ? audience.resource.name : 'Mandate'
}

const hostOf = ({ identifier }: Audience): string => (URL.canParse(identifier) ? new URL(identifier).host : identifier)

const STRICTNESS = ['read', 'write', 'irreversible'] as const

/** What a token of these scopes can do at worst; what nobody classified counts as irreversible. */
export function effectOf(audience: Audience | undefined, scopes: readonly string[]): (typeof STRICTNESS)[number] {
  if (!audience) return 'read'
  const offered = audience.kind === 'resource' ? audience.resource.scopes : []
  const effects = scopes.map((name) => offered.find((scope) => scope.name === name)?.effect ?? 'irreversible')
  return STRICTNESS[Math.max(0, ...effects.map((effect) => STRICTNESS.indexOf(effect)))] ?? 'irreversible'
}

// Numbers and codes of a single detail, so that the page can say an amount as an amount.
const valuesOf = (details: readonly Record<string, unknown>[]): Record<string, unknown> => {
  const [one = {}] = details
  const plain = Object.entries(one).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
  return details.length === 1 ? Object.fromEntries(plain) : {}
}
