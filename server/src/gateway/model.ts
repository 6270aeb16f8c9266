// What the gateway is given, and the limits it keeps.
import type { Connection, Connections } from '../connections/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Decision, Question } from '../kernel/decision.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Outbound } from '../platform/outbound/index.ts'
import type { Visible } from '../relationships/index.ts'
import type { OpenCredential, UseRefused } from '../token-vault/index.ts'
import type { Readers } from './audience.ts'

/** A program the operator configured; connections can name it, never give it. */
export interface StdioServer {
  command: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  /** Environment variable that the connection's credential is put into. */
  credential_variable?: string | undefined
}

export interface GatewayGiven {
  issuer: string
  connections: Connections
  openCredential: OpenCredential
  /** Told when an upstream does not take a person's access token. */
  useRefused: UseRefused
  outbound: Outbound
  visible: Visible
  /** Who the people and groups are that a call names as its audience. */
  readers: Readers
  /** The road's own decision; asked once per tool of a list. */
  decide(principal: Principal, question: Question): Decision
  /** Whether nothing behind this principal was revoked or suspended since. Says nothing about its token's expiry. */
  stillValid(principal: Principal): boolean
  stdioServers: Readonly<Record<string, StdioServer>>
  /** PATH of stdio servers, and the folder their empty homes are made in. */
  programs: { path: string; homes: string }
  clock: Clock
  /** Told of failures that are ours; the caller sees only the correlation id. */
  onError(error: unknown, correlation: string): void
  /** What stdio servers write to their error stream, redacted and capped. */
  debug(text: string): void
}

export const CALL_TIMEOUT_MS = 60_000
/** Stdio servers at once, for all callers together. */
export const MOST_CHILDREN = 100
export const RESULT_LIMIT = 4 * 1024 * 1024
/** A result is judged whole or not at all. */
export const TOO_LARGE = `The answer of the upstream is larger than allowed, which is ${RESULT_LIMIT / 1024 / 1024} MiB.`
export const ATTENDANCE_MS = 200
/** Revisions with sessions and streams, newest first. */
export const REVISIONS: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26']

/** The resource every question about a connection is asked of. */
export const resourceOf = ({ id }: Pick<Connection, 'id'>): string => `connection:${id}`
