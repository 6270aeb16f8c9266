// Which agents exist, as the hot path sees them, and the rules of their states and credentials.
import type { AgentStatus, Assigned, PublicJwk, RiskClass } from '@mandate/contract'
import { type AgentId, newId, type UserId } from '../kernel/ids.ts'
import { invalid } from '../kernel/problem.ts'

export type CredentialId = `crd_${string}`

export interface Agent {
  id: AgentId
  name: string
  purpose: string
  owners: UserId[]
  risk_class: RiskClass
  assigned: Assigned
  redirect_uris: string[]
  max_delegation_depth: number
  may_delegate_to: AgentId[]
  status: AgentStatus
}

/** A credential in memory: a secret's hash or public keys, and until when (milliseconds since the epoch). */
export interface HeldCredential {
  id: CredentialId
  agent: AgentId
  /** SHA-256 of the secret, base64url. */
  secretHash: string | null
  keys: PublicJwk[]
  expiresAt: number
}

/** `unowned`: active by its state, but no owner is an active person; it may not act (invariant 4). */
export type Standing = 'active' | 'unknown' | 'registered' | 'suspended' | 'retired' | 'unowned'

export interface Agents {
  agent(id: AgentId): Agent | undefined
  all(): Iterable<Agent>
  /** Whether the agent may act now; anything but `active` is no. */
  standing(id: AgentId): Standing
  /** Whether an administrator lets the agent act for this active person. */
  assigned(id: AgentId, user: UserId): boolean
  /** Owners who are active people: those who answer for it at this moment. */
  accountable(id: AgentId): UserId[]
  /** Whether `secret` is one of the agent's usable ones, in time independent of which. Says nothing of standing. */
  secretMatches(id: AgentId, secret: string, nowMs?: number): boolean
  /** Public keys of usable credentials. Says nothing of standing. */
  keys(id: AgentId, nowMs?: number): PublicJwk[]
  mayDelegateTo(id: AgentId): ReadonlySet<AgentId>
  /** Highest number of `act` objects in a token this agent takes part in; 0 for an unknown agent. */
  maxDepth(id: AgentId): number
}

export type Transition = 'activate' | 'suspend' | 'retire'

const TRANSITIONS: Record<Transition, { from: readonly AgentStatus[]; to: AgentStatus }> = {
  activate: { from: ['registered', 'suspended'], to: 'active' },
  suspend: { from: ['active'], to: 'suspended' },
  retire: { from: ['registered', 'active', 'suspended'], to: 'retired' },
}

/** The state after `transition`, or undefined where it cannot be made from here. */
export const after = (status: AgentStatus, transition: Transition): AgentStatus | undefined =>
  TRANSITIONS[transition].from.includes(status) ? TRANSITIONS[transition].to : undefined

const DAY = 86_400_000
const DEFAULT_DAYS = 90
const MAX_DAYS = 365
export const MAX_USABLE_CREDENTIALS = 2

/** When a credential asked for now expires, milliseconds since the epoch; none is endless. */
export function expiryOf(asked: string | undefined, nowMs: number): number {
  if (asked === undefined) return nowMs + DEFAULT_DAYS * DAY
  const at = Date.parse(asked)
  if (!(at > nowMs)) throw invalid('expires_at', 'must lie in the future')
  if (at > nowMs + MAX_DAYS * DAY) throw invalid('expires_at', `must be within ${MAX_DAYS} days`)
  return at
}

// A credential's id is used in this room only; it sorts by creation time like every other.
export const newCredentialId = (nowMs: number): CredentialId => `crd_${newId('agent', nowMs).slice('agt_'.length)}`
