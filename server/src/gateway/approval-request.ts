// A call that a person must agree to: what they are shown, how long the caller waits, and what is sent after a yes.
import { type Connection, effectOf } from '../connections/index.ts'
import { isObject } from '../kernel/json-object.ts'
import type { AskedAction, Context } from '../pipeline/index.ts'
import type { Attendance } from './attendance.ts'
import { holdCall } from './hold.ts'

/** Below the time after which common clients give up (CONTRACT §6). */
const LONGEST_WAIT_MS = 45_000

export interface CallToApprove {
  connection: Connection
  action: string
  context: Readonly<Record<string, unknown>> | undefined
  request: AskedAction['request']
  arguments: unknown
  waitMs: number
  gone: AbortSignal
  waiting?(seconds: number): void
}

export function approvalRequest(
  { attendance }: { attendance: Attendance },
  { principal }: Context,
  { connection, action, context = {}, gone, ...asked }: CallToApprove,
): AskedAction {
  const hold = holdCall(attendance, { principal, gone })
  return {
    ...asked,
    action: calledBy(connection, action),
    context,
    connection: connection.id,
    target: { name: connection.name, host: hostOf(connection.upstream) },
    effect: effectOf(connection, action),
    message: reasonIn(asked.arguments),
    signal: hold.signal,
    settled: hold.release,
  }
}

const REASONS = ['reason', 'justification', 'message', 'comment', 'note'] as const

/** What the agent gives as its reason, where one of the arguments is named like that. Nobody has verified it. */
function reasonIn(given: unknown): string | null {
  if (!isObject(given)) return null
  const values = isObject(given.body) ? given.body : given
  for (const name of REASONS) {
    const value = values[name]
    if (typeof value === 'string' && value.trim() !== '') return value
  }
  return null
}

/** What people are told it is called: never a text that the agent could have made up. The page shows it exactly. */
function calledBy({ tools }: Connection, action: string): string {
  if (tools.has(action) || /^[\w-]{1,64}$/.test(action)) return action
  const method = /^([A-Z]{3,7}) \//.exec(action)?.[1]
  return method === undefined ? 'something that nobody declared' : `${method} of a path that nobody declared`
}

const hostOf = (upstream: string | null): string | null =>
  upstream === null || upstream.startsWith('stdio:') ? upstream : new URL(upstream).host

/** RFC 7240 §4.3: how many seconds the client is ready to wait; `otherwise` where it does not say. */
export function waitOf(prefer: string | string[] | undefined, otherwise: number): number {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec([prefer ?? ''].flat().join(','))?.[1]
  return Math.min(seconds === undefined ? otherwise : Number(seconds) * 1000, LONGEST_WAIT_MS)
}

export const DEFAULT_WAIT = { mcp: LONGEST_WAIT_MS, http: 0 } as const
