// What every MCP operation does around its message: find the session, hold the call, and tell failures by their name.
import type { Effect } from '@mandate/contract'
import { z } from 'zod'
import type { Connection } from '../../connections/index.ts'
import { isObject } from '../../kernel/json-object.ts'
import { Problem } from '../../kernel/problem.ts'
import type { Context } from '../../pipeline/index.ts'
import type { Attendance } from '../attendance.ts'
import type { Audience } from '../audience.ts'
import { type Hold, holdCall } from '../hold.ts'
import { CALL_TIMEOUT_MS, type GatewayGiven } from '../model.ts'
import { credentialFor } from '../open-credential.ts'
import { upstreamProblem } from '../upstream-problem.ts'
import type { Children } from './children.ts'
import { httpUpstream } from './http-upstream.ts'
import type { RpcMessage, RpcRequest } from './message.ts'
import { filterNotifications } from './notification-filter.ts'
import { sessionGone } from './refusals.ts'
import type { Session, Sessions } from './sessions.ts'
import { stdioUpstream } from './stdio-upstream.ts'
import { type Answer, type McpUpstream, type Sending, SessionGone } from './upstream.ts'

/** The client's side of one HTTP request. */
export interface Exchange {
  /** Given when the client closes the connection. */
  gone: AbortSignal
  traceparent: string | undefined
  /** Milliseconds it is ready to wait for a person's answer. */
  waitMs: number
  /** Begins the event stream, where it has not begun. */
  opened(): void
  /** Sends a message before the response. */
  pass(message: RpcMessage): void
}

export interface McpInput<M extends RpcMessage | undefined = RpcMessage> {
  connection: Connection
  message: M
  session: string | undefined
  /** Who will read the answer beside its user, where that is said. */
  audience?: Audience
  exchange: Exchange
}

export const mcpInput = <M extends RpcMessage | undefined>() =>
  z.custom<McpInput<M>>((value) => typeof value === 'object' && value !== null)

/** What goes back to the client: the answer to its request and, once, the session that was opened. */
export type Relayed = { answer?: Pick<Answer, 'response' | 'text'>; session?: string }
export const relayed = z.custom<Relayed>()

export interface Relaying extends GatewayGiven {
  sessions: Sessions
  attendance: Attendance
  children: Children
}

/** Runs `work` in the caller's session while access lasts, with failures of the upstream told as Problems. */
export async function inSession<T>(
  given: Relaying,
  { context, input, effect = 'read', ...held }: Held,
  work: (session: Session, sending: Sending) => Promise<T>,
): Promise<T> {
  const session = given.sessions.find(input.session, { connection: input.connection, principal: context.principal })
  session.busy += 1
  try {
    return await heldCall(given, { context, input, effect, ...held }, (sending) => work(session, sending))
  } catch (error) {
    if (!(error instanceof SessionGone)) throw error
    given.sessions.drop(session)
    throw sessionGone()
  } finally {
    session.busy -= 1
  }
}

interface Held {
  context: Context
  input: McpInput<RpcMessage | undefined>
  effect?: Effect
  /** For streams: no end but that of the token. */
  stream?: boolean
}

export async function heldCall<T>(
  given: Relaying,
  { context, input, effect = 'read', stream = false }: Held,
  work: (sending: Sending) => Promise<T>,
): Promise<T> {
  const hold: Hold = holdCall(given.attendance, {
    principal: context.principal,
    gone: input.exchange.gone,
    ...(stream ? { untilExpiry: true } : { timeoutMs: CALL_TIMEOUT_MS }),
  })
  try {
    return await work({
      requestId: context.attempt || context.correlation,
      traceparent: input.exchange.traceparent,
      signal: hold.signal,
    })
  } catch (error) {
    throw upstreamProblem(error, { effect, why: hold.why() })
  } finally {
    hold.release()
  }
}

interface Hearing {
  message?: RpcRequest
  exchange: Exchange
  session: Session
  sending: Sending
}

/** The client's side of an exchange around declared records; what the upstream asks is refused in the client's place. */
export function filteredPass({ clock }: Pick<Relaying, 'clock'>, { message, exchange, session, sending }: Hearing) {
  const meta = message?.params?._meta
  return filterNotifications({
    pass: exchange.pass,
    refuse: (response) => void session.upstream.tell(response, sending).catch(() => undefined),
    token: isObject(meta) ? meta.progressToken : undefined,
    elapsed: clock.elapsed,
  })
}

/** A way to the connection's upstream, not yet initialized. */
export async function reachUpstream(given: Relaying, connection: Connection, ended: () => void): Promise<McpUpstream> {
  const { upstream } = connection
  if (upstream === null) throw new Problem('upstream_failed', { detail: 'The connection has no upstream.' })
  if (!upstream.startsWith('stdio:'))
    return httpUpstream({ url: upstream, outbound: given.outbound, open: () => credentialFor(given, connection) })
  const server = given.stdioServers[upstream.slice('stdio:'.length)]
  if (!server) throw new Problem('upstream_failed', { detail: 'The program behind this connection is not configured.' })
  const credential = await credentialFor(given, connection)
  const { programs, debug } = given
  return given.children.start((over) =>
    stdioUpstream({
      ...{ programs, debug, server, credential },
      ended() {
        over()
        ended()
      },
    }),
  )
}
