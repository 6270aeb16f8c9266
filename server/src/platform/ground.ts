// What every room stands on, as the rooms see it. `server/src/ground.ts` opens it.
import type { Clock } from '../kernel/clock.ts'
import type { Confirmation, Revocations } from './changes/index.ts'
import type { Database } from './database/index.ts'
import type { Jobs } from './jobs/index.ts'
import type { Mail } from './mail/index.ts'
import type { Outbound } from './outbound/index.ts'
import type { Sealing } from './sealing/index.ts'
import type { Logger, Metrics } from './telemetry/index.ts'

export interface Ground {
  issuer: string
  database: Database
  clock: Clock
  /** Milliseconds since the epoch. */
  now(): number
  /** Monotonic milliseconds. */
  elapsed(): number
  sealing: Sealing
  outbound: Outbound
  revocations: Revocations
  metrics: Metrics
  log: Logger
  /** Replaces secrets in anything that is about to be written down. */
  redact<T>(value: T): T
  /** Reports a failure of ours. The caller of a request sees only its correlation id. */
  onError(error: unknown, correlation?: string): void
  /** Undefined without a mail server. */
  mail: Mail | undefined
  enqueue: Jobs['enqueue']
  /** The change log, as this replica follows it. */
  changes: {
    /** Position up to which this replica has applied the log. */
    position(): number
    /** Position of the newest committed change. */
    newest(): Promise<number>
    /** Resolves true when this replica has applied `position`, false when that took too long. */
    reached(position: number): Promise<boolean>
    /** Resolves when `position` is in force on every replica, or with those that are waited for in vain. */
    confirmed(position: number): Promise<Confirmation>
    /** Throws `unavailable` when this replica may have missed changes. */
    assertFresh(): void
    /** Reads the log now. */
    catchUp(): Promise<void>
  }
}
