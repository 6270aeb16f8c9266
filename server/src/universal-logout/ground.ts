// What the room stands on: every room that holds something of a subject.
import type { Holder } from '../pipeline/index.ts'
import type { Confirmation } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'

export interface LogoutGround {
  database: Database
  holders(): readonly Holder[]
  /** Waits until `position` is in force on every replica. */
  confirmed(position: number): Promise<Confirmation>
  now(): number
}
