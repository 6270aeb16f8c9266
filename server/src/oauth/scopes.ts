// Which scopes an agent gets at an audience: what every agent of the chain is granted, and nothing that must be asked.
import type { Mode } from '@mandate/contract'
import { endOf, grantsAnything, type ManagedConnections, modeOf } from '../access/index.ts'
import type { AgentId, ConnectionId, ResourceId } from '../kernel/ids.ts'
import type { Audience } from './audiences.ts'
import { invalidScope, invalidTarget } from './errors.ts'

/** Links of a token to where it is good: killing the connection or resource, or one agent's terms there, kills it. */
export const placeLinks = (chain: readonly string[], audience: Audience): string[] => {
  const target = targetOf(audience)
  return target === undefined ? [] : [target, ...chain.map((agent) => `${agent}@${target}`)]
}

export interface Asked {
  /** The agents of the chain, outermost first. */
  chain: readonly AgentId[]
  audience: Audience
  /** Scopes asked for; everything that is granted when undefined. */
  scopes: readonly string[] | undefined
}

/** A scope that a person must agree to was asked for: not an error yet, where somebody can be asked. */
export class MustAsk extends Error {
  override readonly name = 'MustAsk'
  readonly scopes: readonly string[]

  constructor(scopes: readonly string[]) {
    super(scopes.join(' '))
    this.scopes = scopes
  }
}

export const targetOf = (audience: Audience): ResourceId | ConnectionId | undefined => {
  if (audience.kind === 'connection') return audience.connection.id
  return audience.kind === 'resource' ? audience.resource.id : undefined
}

/** As links: the one target, or none for the server's own audiences. */
export const targetsOf = (audience: Audience): string[] => [targetOf(audience)].filter((target) => target !== undefined)

/** The scopes granted without asking, at least one. Throws invalid_target, invalid_scope, or MustAsk. */
export function grantScopes(managed: ManagedConnections, now: number, asked: Asked): string[] {
  const { modes, offered } = modesAt(managed, now, asked)
  const { scopes } = asked
  const waiting = scopes?.filter((scope) => modes(scope).includes('approval')) ?? []
  if (scopes && waiting.length > 0) throw new MustAsk(scopes)
  const granted = (scopes ?? offered).filter((scope) => modes(scope).every((mode) => mode === 'auto'))
  if (granted.length === 0) throw invalidScope('nothing is granted to this agent there without asking')
  return granted
}

/** The scopes that a person may agree to, at least one: everything but what is never granted. Throws as above. */
export function scopesOpen(managed: ManagedConnections, now: number, asked: Asked): string[] {
  const { modes, offered } = modesAt(managed, now, asked)
  const open = (asked.scopes ?? offered).filter((scope) => !modes(scope).includes('never'))
  if (open.length === 0) throw invalidScope('nothing is granted to this agent there')
  return open
}

function modesAt(managed: ManagedConnections, now: number, { chain, audience, scopes }: Asked) {
  const target = targetOf(audience)
  // What is not yours is not found: no terms there reads the same as no such place.
  if (target === undefined || !chain.every((agent) => managed.terms(agent, target) !== undefined))
    throw invalidTarget('there is no such resource for this agent')
  if (audience.kind === 'connection' && audience.connection.held) throw invalidTarget('the connection is on hold')
  const offered: readonly string[] = audience.scopes
  const unknown = scopes?.find((scope) => !offered.includes(scope))
  if (unknown !== undefined) throw invalidScope(`${unknown} is not a scope of this resource`)
  const modes = (scope: string): Mode[] =>
    chain.map((agent) => {
      const terms = managed.terms(agent, target)
      if (audience.kind === 'connection') return grantsAnything(terms, now) ? 'auto' : 'never'
      return modeOf(terms, scope, now)
    })
  const closed = scopes?.find((scope) => modes(scope).includes('never'))
  if (closed !== undefined) throw invalidScope(`${closed} is never granted to this agent`)
  return { modes, offered }
}

/** Epoch seconds after which no token for the audience may live: the earliest end of the chain's terms there. */
export function endOfTerms(managed: ManagedConnections, chain: readonly AgentId[], audience: Audience): number {
  const target = targetOf(audience)
  return Math.min(...chain.map((agent) => endOf(target && managed.terms(agent, target))))
}

/** Everything `agent` may ever reach, by audience: one side of the ceiling (CONTRACT §2, delegation). */
export function reachOf(
  managed: ManagedConnections,
  agent: AgentId,
  audienceOf: (target: ResourceId | ConnectionId) => Audience | undefined,
  now: number,
): Record<string, string[]> {
  const reach: Record<string, string[]> = {}
  for (const [target, terms] of managed.targets(agent)) {
    const audience = audienceOf(target)
    if (!audience) continue
    const scopes = audience.scopes.filter((scope) =>
      audience.kind === 'connection' ? grantsAnything(terms, now) : modeOf(terms, scope, now) !== 'never',
    )
    if (scopes.length > 0) reach[audience.identifier] = [...scopes].sort()
  }
  return reach
}
