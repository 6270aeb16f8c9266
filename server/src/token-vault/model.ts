// The room's nouns: an account at another system, what its tokens are bound to, and when they are renewed.
import type { AccountStatus } from '@mandate/contract'
import { type Connection, type OauthClient, originOf } from '../connections/index.ts'
import type { AccountId, ConnectionId, UserId } from '../kernel/ids.ts'
import { Problem } from '../kernel/problem.ts'
import { below } from '../pipeline/index.ts'

export interface Account {
  id: AccountId
  connection: ConnectionId
  user_id: UserId
  bound_to: string
  sealed: string | null
  scopes: { list: string[] }
  refreshable: boolean
  access_expires_at: Date | null
  renewed_at: Date
  status: AccountStatus
  reason: string | null
  version: number
  refused_version: number | null
  connected_at: Date
  result: RevocationResult | null
  revoke_tries: number
}

export type RevocationResult = 'revoked' | 'partial' | 'pending' | 'unsupported' | 'failed'

/** What is sealed of an account. */
export interface Tokens {
  access_token: string
  refresh_token: string | null
}

export type OauthConnection = Connection & { oauth: OauthClient }

export const isOauth = (connection: Connection | undefined): connection is OauthConnection =>
  connection?.kind === 'oauth2' && connection.oauth !== null

/**
 * Whom the tokens are shown to: the upstream's origin, both endpoints that take tokens, and who we are there. After a
 * change of any of them they open no more, so that nobody learns them by pointing a connection elsewhere.
 */
export const bindingOf = ({ upstream, oauth }: OauthConnection): string =>
  JSON.stringify([originOf(upstream), oauth.token_endpoint, oauth.revocation_endpoint ?? null, oauth.client_id])

export const tokenPlace = (id: AccountId) => ({ table: 'accounts', id, column: 'sealed' })

/** Why an account must be connected again, where that is our judgement; every other reason is the provider's own code. */
export const OUR_REASONS = ['expired', 'access_token_refused', 'restored', 'connection_changed'] as const

const EARLY_MS = 60_000

/** Whether the access token is still good enough to be sent: with a minute left, or half its life where that is short. */
export function isFresh({ access_expires_at, renewed_at, refused_version, version }: Account, now: number): boolean {
  if (refused_version === version) return false
  if (access_expires_at === null) return true
  const expires = access_expires_at.getTime()
  return now < expires - Math.min(EARLY_MS, Math.max(0, (expires - renewed_at.getTime()) / 2))
}

/** Whether it is still accepted at all, a moment from now. */
export const isAlive = ({ access_expires_at }: Account, now: number): boolean =>
  access_expires_at === null || access_expires_at.getTime() > now + 5_000

/** Where a person connects their account; also the prefix of the callback's address. */
export const connectUri = (issuer: string, connection: string): string => below(issuer, `/connect/${connection}`)

export const redirectUri = (issuer: string, connection: string): string => `${connectUri(issuer, connection)}/callback`

export const notConnected = (connect_uri: string): Problem =>
  new Problem('not_connected', { extensions: { connect_uri } })

export const needsReconnect = (connect_uri: string, reason: string): Problem =>
  new Problem('needs_reconnect', { extensions: { connect_uri, reason } })

/** Status and reason as they are seen now: an account whose connection leads elsewhere is no use until connected again. */
export function standingOf(
  { status, reason, bound_to }: Account,
  connection: OauthConnection,
): { status: AccountStatus; reason: string | null } {
  const moved = status === 'connected' && bound_to !== bindingOf(connection)
  return moved ? { status: 'needs_reconnect', reason: 'connection_changed' } : { status, reason }
}
