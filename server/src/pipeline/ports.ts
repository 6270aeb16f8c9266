// What the road needs from the rooms; compose.ts fills it.
import type { Decision, Question } from '../kernel/decision.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { Anonymous } from './anonymous.ts'
import type { AskedAction, Release } from './asked-action.ts'
import type { Call, Facts } from './call.ts'
import type { AuditClass } from './operation.ts'
import type { Outcome } from './outcome.ts'

export interface Ports {
  /** Who calls. Throws `unauthenticated`, or `unavailable` when that cannot be known freshly enough. */
  authenticate(call: Call): Promise<Principal> | Principal
  /**
   * Lets a call in that needs no principal and is recorded before anybody is known. Throws `rate_limited`, when nothing
   * is recorded but a count. Without it such calls are not limited.
   */
  anonymous?(remote: string): Anonymous
  /** The strictest answer to one question, from memory. Throws `unavailable` when memory is too old. */
  decide(principal: Principal, question: Question): Decision
  /**
   * Asks a person, or finds that one said yes: resolves when this very action may be done now, once. Throws
   * `approval_required` while nobody has answered, `forbidden` when someone said no. Where nobody can be asked, a
   * decision to ask refuses.
   */
  ask?(asked: Asking): Promise<Release>
  record: Recorder
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Waits until this replica has applied its own write. */
  reached(position: number): Promise<unknown>
  span<T>(name: string, work: () => T): T
  counted(operation: string, outcome: Outcome, seconds: number): void
  now(): number
  elapsed(): number
}

export interface Asking {
  principal: Principal
  attempt: string
  question: Question
  action: AskedAction
  /** Whether it would still not be denied; looked at right before the yes is used. */
  allowed(): boolean
}

/** What every record of a call says. No contents: ids, digests and counts. */
export interface Recorded {
  operation: string
  class: AuditClass
  correlation: string
  remote: string
  principal: Principal | undefined
  questions: readonly Question[]
}

export interface Ended extends Recorded {
  outcome: Outcome
  reasons: readonly string[]
  facts: Facts
}

export interface Recorder {
  /** Durable when it resolves; the id of the attempt. */
  attempt(recorded: Recorded): Promise<string>
  /** The end of an attempt: with `tx` in the act's own transaction, else durable when it resolves. */
  outcome(attempt: string, ended: Ended, tx?: Transaction): Promise<void>
  /** A read that ended, or a question denied: written within a second, in batches. */
  after(ended: Ended): void
  /** Refused before it could be recorded as an attempt: kept as rate-capped events. */
  refused(recorded: Pick<Recorded, 'operation' | 'correlation' | 'remote'>, reason: string): void
}
