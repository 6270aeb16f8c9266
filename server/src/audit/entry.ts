// What one entry says: who, for whom, through which chain, what was asked, and how it ended (AIMS, minimum audit record).
import type { AuditEvent } from '@mandate/contract'
import type { Question } from '../kernel/decision.ts'
import type { AgentId, EventId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Ended, Facts, Recorded } from '../pipeline/index.ts'
import { LIST } from './bounded.ts'

export type Entry = AuditEvent

/** Who answers for an agent right now. */
export type Accountable = (agent: AgentId) => readonly string[]

export interface Stamp {
  id: EventId
  /** Milliseconds since the epoch. */
  at: number
}

const stamped = ({ id, at }: Stamp) => ({ v: 1 as const, id, at: new Date(at).toISOString() })

export const attemptEntry = (stamp: Stamp, recorded: Recorded, accountable: Accountable): Entry => ({
  ...stamped(stamp),
  kind: 'attempt',
  ...called(recorded, accountable),
})

/** The end of `attempt`; of a read or a question when there was none. */
export function endedEntry(stamp: Stamp, ended: Ended, accountable: Accountable, attempt?: string): Entry {
  const unrecorded = ended.class === 'question' ? 'denial' : 'read'
  return {
    ...stamped(stamp),
    kind: attempt === undefined ? unrecorded : 'outcome',
    ...called(ended, accountable),
    ...(attempt !== undefined && { attempt }),
    outcome: ended.outcome,
    reasons: ended.reasons.slice(0, LIST),
    // Last: a redactor that stops after so many values cuts here and nowhere else.
    facts: Object.fromEntries(Object.entries(ended.facts).map(([name, fact]) => [name, asJson(fact)])),
  }
}

// JSON has no NaN and no infinity (RFC 8785 §3.2.2.3).
function asJson(fact: Facts[string]): string | number | boolean | string[] {
  if (typeof fact === 'number' && !Number.isFinite(fact)) return String(fact)
  return typeof fact === 'object' ? [...fact] : fact
}

/** A call turned away before it could be recorded as an attempt. */
export const refusedEntry = (
  stamp: Stamp,
  { operation, correlation, remote }: Pick<Recorded, 'operation' | 'correlation' | 'remote'>,
  reason: string,
): Entry => ({
  ...stamped(stamp),
  kind: 'refused',
  operation,
  outcome: 'refused',
  reasons: [reason],
  correlation,
  remote,
})

/** Refusals of any operation that were counted instead of written. */
export const suppressedEntry = (
  stamp: Stamp,
  { reason, remote, suppressed }: { reason: string; remote: string; suppressed: number },
): Entry => ({
  ...stamped(stamp),
  kind: 'refused',
  operation: '*',
  outcome: 'refused',
  reasons: [reason],
  remote,
  suppressed,
})

/** What the log says of itself when it goes on from an older state: here it forks from what was shown before. */
export const restoredEntry = (stamp: Stamp, facts: Facts): Entry => ({
  ...stamped(stamp),
  kind: 'note',
  operation: 'audit.restored',
  reasons: ['restored'],
  facts: Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, asJson(fact)])),
})

export const lostEntry = (stamp: Stamp, lost: number): Entry => ({
  ...stamped(stamp),
  kind: 'note',
  operation: 'audit.record',
  reasons: ['records_lost'],
  lost,
})

function called(
  { operation, class: of, principal, questions, correlation, remote }: Recorded,
  accountable: Accountable,
) {
  return {
    operation,
    class: of,
    ...(principal && { principal: who(principal) }),
    ...(principal?.kind === 'agent' && { accountable: [...accountable(principal.sub as AgentId)] }),
    questions: questions.slice(0, LIST).map(asked),
    ...(questions.length > LIST && { questions_total: questions.length }),
    correlation,
    remote,
  }
}

const who = ({ sub, kind, act, client, session, task, delegation, tokenId }: Principal) => ({
  sub,
  kind,
  act: act.map((actor) => actor.sub),
  client_id: client,
  ...(session !== undefined && { sid: session }),
  ...(task !== undefined && { txn: task }),
  ...(delegation !== undefined && { del: delegation }),
  ...(tokenId !== undefined && { jti: tokenId }),
})

function asked({ action, resource, context = {} }: Question) {
  const kept = Object.entries(context)
    .filter((member): member is [string, string | number | boolean] => isCode(member[1]))
    .slice(0, CONTEXT)
  return { action, resource, ...(kept.length > 0 && { context: Object.fromEntries(kept) }) }
}

const CONTEXT = 16
// Numbers, flags, and codes such as a currency or a region: a context may hold contents, and those stay out.
const CODE = /^[A-Za-z][A-Za-z0-9_.-]{0,23}$/
const isCode = (value: unknown): boolean =>
  typeof value === 'string' ? CODE.test(value) : typeof value === 'boolean' || Number.isFinite(value)
