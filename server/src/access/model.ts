// Managed connections as the decision sees them, and the pure rules over them.
import type { ManagedConnectionTerms, Mode } from '@mandate/contract'
import type { AgentId, ConnectionId, ResourceId } from '../kernel/ids.ts'

export type Target = ResourceId | ConnectionId

export interface ManagedConnections {
  /** The terms of `agent` at `target`, expired or not. */
  terms(agent: AgentId, target: Target): ManagedConnectionTerms | undefined
  /** Every target the agent has terms for. */
  targets(agent: AgentId): ReadonlyMap<Target, ManagedConnectionTerms>
}

/** The mode of one scope, tool or operation under `terms`; `never` when there are none or they have expired. */
export function modeOf(terms: ManagedConnectionTerms | undefined, scope: string, now: number): Mode {
  if (!terms || isExpired(terms, now)) return 'never'
  return Object.hasOwn(terms.scopes, scope) ? (terms.scopes[scope] ?? 'never') : terms.default
}

/** Whether anything at all is granted: then a token for a connection may be issued, and each call is judged by itself. */
export function grantsAnything(terms: ManagedConnectionTerms | undefined, now: number): boolean {
  if (!terms || isExpired(terms, now)) return false
  return terms.default !== 'never' || Object.values(terms.scopes).some((mode) => mode !== 'never')
}

const strictness = { auto: 0, approval: 1, never: 2 } as const

/** Whether anything that `before` granted is granted less, or for less long, by `after`. */
export function narrows(before: ManagedConnectionTerms, after: ManagedConnectionTerms): boolean {
  const mode = (terms: ManagedConnectionTerms, scope: string): Mode => terms.scopes[scope] ?? terms.default
  const named = [...Object.keys(before.scopes), ...Object.keys(after.scopes)]
  const stricter = named.some((scope) => strictness[mode(after, scope)] > strictness[mode(before, scope)])
  const end = ({ expires_at }: ManagedConnectionTerms) => (expires_at == null ? Infinity : Date.parse(expires_at))
  return stricter || strictness[after.default] > strictness[before.default] || end(after) < end(before)
}

/** Epoch seconds when `terms` end; Infinity when they do not. */
export const endOf = (terms: ManagedConnectionTerms | undefined): number =>
  terms?.expires_at == null ? Infinity : Math.floor(Date.parse(terms.expires_at) / 1000)

const isExpired = (terms: ManagedConnectionTerms, now: number): boolean =>
  terms.expires_at != null && Date.parse(terms.expires_at) <= now
