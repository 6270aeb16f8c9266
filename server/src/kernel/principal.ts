// Who is calling, for whom, and through which chain: one shape for every door of the house.
import type { AgentId, ClientId, DelegationId, SessionId, TaskId, UserId } from './ids.ts'

/** One actor of a delegation chain (RFC 8693 §4.1), the one acting now first. */
export interface Actor {
  sub: AgentId
}

export interface Principal {
  /** The user the call is for, or the agent itself when it acts on its own business, or the service client. */
  sub: UserId | AgentId | ClientId
  kind: 'user' | 'agent' | 'service'
  /** The agents that act, outermost (acting now) first. An agent on its own business stands here alone. */
  act: readonly Actor[]
  client: AgentId | ClientId
  session?: SessionId
  task?: TaskId
  delegation?: DelegationId
  scopes: ReadonlySet<string>
  /** RFC 9396; kept as given and compared canonically. */
  authorizationDetails: readonly Record<string, unknown>[]
  /** The token's one audience. */
  audience: string
  /** Expiry of what was presented, epoch seconds. */
  expiresAt: number
  /** `jti` of the access token, where one was presented. */
  tokenId?: string
  /** Everything whose revocation after `position` ends what this principal has begun; of what was presented. */
  links?: readonly string[]
  /** Position of the change log at issue. */
  position?: number
}

/** The person this call is for, if there is one. */
export const userOf = (principal: Principal): UserId | undefined =>
  principal.kind === 'user' ? (principal.sub as UserId) : undefined

/** The agent acting now, if one acts. */
export const agentOf = (principal: Principal): AgentId | undefined => principal.act[0]?.sub
