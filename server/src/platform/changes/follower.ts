// What keeps a piece of the database in memory: loaded whole from a snapshot, then told each change in order.
import type { Transaction } from '../database/index.ts'

export interface Change {
  position: number
  topic: string
  key: string
  body: unknown
}

export interface Follower {
  /** Topics whose changes it is told. */
  topics: readonly string[]
  /** Reads everything inside `tx`; the returned function puts it in place, at once and without failing. */
  load(tx: Transaction): Promise<(position: number) => void>
  /** Applies one change. Must not fail: what it cannot read it treats as the stricter case. */
  apply(change: Change): void
}
