// What the room stands on: every place that holds something of a subject.
import type { LogoutSubjectType } from '@mandate/contract'
import type { UserId } from '../kernel/ids.ts'
import type { Confirmation } from '../platform/changes/index.ts'
import type { Database, Transaction } from '../platform/database/index.ts'
import type { Accounts } from '../token-vault/index.ts'

export interface Subject {
  type: LogoutSubjectType
  id: string
}

export interface LogoutGround {
  database: Database
  /** Whether there is such a subject. */
  known(subject: Subject): Promise<boolean>
  /** Ends the first-party sessions of a person, or the one named; how many. */
  endSessions(tx: Transaction, which: { user: UserId } | { session: string }, reason: string): Promise<number>
  /** Ends what was granted at sign-ins of this subject; how many grants. */
  endGrants(tx: Transaction, which: { user: UserId } | { client: string } | { session: string }): Promise<number>
  /** Cancels what waits for a person, or for being used. */
  cancelApprovals(tx: Transaction, link: string, now: Date): Promise<number>
  accounts: Pick<Accounts, 'markRevoking' | 'finishRevoking'>
  /** Ends the calls under way on this replica; the others end theirs when they hear of it. */
  endCalls(link: string): number
  /** Waits until `position` is in force on every replica. */
  confirmed(position: number): Promise<Confirmation>
  now(): number
}
