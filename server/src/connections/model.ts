// What agents can reach, as the hot path sees it: connections with their declared tools, and resources.
import type {
  ConnectionKind,
  Credential,
  Effect,
  OauthEndpoints,
  ResourceScope,
  ToolDeclaration,
} from '@mandate/contract'
import type { AgentId, ConnectionId, ResourceId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { OperationIndex } from './operation-index.ts'

/** Of a connection of kind oauth2: the provider, and what we are there. The client secret is in the vault. */
export type OauthClient = OauthEndpoints & { client_id: string; scopes: string[] }

/** Nothing goes through the connection, and nothing is issued for it, until it is released. */
export interface ConnectionHold {
  reason: string
  since: string
}

export interface Connection {
  id: ConnectionId
  name: string
  kind: ConnectionKind
  provider: string | null
  /** An http(s) URL without query, or `stdio:<name>`; null where none was given yet: nothing can be called. */
  upstream: string | null
  /** By tool name or `METHOD /path`, as declared. */
  tools: ReadonlyMap<string, ToolDeclaration>
  /** The declared `METHOD /path` operations. */
  operations: OperationIndex
  /** Null for every other kind than oauth2. */
  oauth: OauthClient | null
  /** Grows with every credential that is put; 0 when none was ever given. */
  credentialVersion: number
  /** A call without an answer is given up after this; progress starts it anew. */
  timeoutMs: number
  /** An answer that is larger is refused whole. */
  maxResultBytes: number
  held: boolean
}

export interface Resource {
  id: ResourceId
  identifier: string
  name: string
  scopes: readonly ResourceScope[]
  /** The agent that this resource is. */
  agent: AgentId | null
}

export interface Connections {
  byName(name: string): Connection | undefined
  byId(id: ConnectionId): Connection | undefined
  all(): Iterable<Connection>
  /** By exact identifier. */
  resource(identifier: string): Resource | undefined
  resourceById(id: ResourceId): Resource | undefined
  resources(): Iterable<Resource>
}

/** Filled by the token vault: sealing takes time and happens before the transaction. */
export interface CredentialKeeping {
  seal(connection: ConnectionId, credential: Credential): Promise<string>
  /** `version`: the connection's count of credentials with this one. */
  keep(tx: Transaction, connection: ConnectionId, held: { sealed: string; version: number }): Promise<void>
  forget(tx: Transaction, connection: ConnectionId): Promise<void>
  /** Before the connection goes, and outside every transaction: what can be ended elsewhere is ended there, in bounded time. */
  end(connection: ConnectionId): Promise<void>
}

/** Filled from the outbound guard: why this http(s) URL may not be reached, or undefined when it may. */
export type CheckUpstream = (url: string) => Promise<string | undefined>

/** What nobody classified counts as irreversible (CONTRACT §3). */
export const effectOf = ({ tools }: Pick<Connection, 'tools'>, tool: string): Effect =>
  tools.get(tool)?.effect ?? 'irreversible'

/** The action of looking at what a connection offers. No tool can be called this: see the names tools may have. */
export const LISTING = '(list)'
