// What rooms may know of the database: transactions, and nothing outside them.
import type { Kysely } from 'kysely'

/** A change appended to the one ordered log as the last thing a transaction does (ADR 0006). */
export interface NewChange {
  /** `room.noun`, e.g. `agents.agent`, `revocation`. */
  topic: string
  /** Id of what changed, within the topic. */
  key: string
  /** What followers need to apply the change; JSON, no secrets. */
  body: unknown
}

/** One open transaction. Using it after it ended throws. */
export interface Transaction {
  /** Typed to the tables of the room that asks: `tx.sql<AgentTables>()`. */
  sql<Tables>(): Kysely<Tables>
  /** Buffers a change; it is written last, under the log's lock, just before the commit. */
  append(change: NewChange): void
  /** Runs after the commit, with the position of the last change if one was appended. Never on rollback. */
  committed(listener: (position: number | undefined) => void): void
}

export interface Database {
  /** `embedded` has one process and one connection; `shared` may have many of both. */
  readonly kind: 'embedded' | 'shared'
  /** One READ COMMITTED transaction. Throws inside another one: nested, it would hang on a single connection. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** As `transaction`, in one REPEATABLE READ, READ ONLY snapshot. */
  snapshot<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Calls `listener` at every NOTIFY on `channel`, and once after each reconnect. */
  listen(channel: string, listener: () => void): Promise<void>
  /**
   * A bare connection, for migrations and jobs. Rooms are never given it. Throws inside a
   * transaction. On a shared database a statement not answered within `answerWithinMs` fails and ends its connection.
   */
  connected<T>(work: (connection: Connection) => Promise<T>, answerWithinMs?: number): Promise<T>
  /**
   * As `connected`, but never behind anyone who waits: for the tail, which must hear the log most of all when many wait.
   */
  heartbeat<T>(work: (connection: Connection) => Promise<T>, answerWithinMs?: number): Promise<T>
  /** Whether the caller is inside a transaction: nothing there may wait for the network. */
  insideTransaction(): boolean
  close(): Promise<void>
}

export interface QueryResult {
  rows: Record<string, unknown>[]
  /** Rows changed, where the statement changes rows. */
  affected: number
}

/** One connection of the driver beneath, exclusively held. */
export interface Connection {
  query(text: string, values?: readonly unknown[]): Promise<QueryResult>
  /** Several statements, no values; returns the rows of all of them, one after the other. */
  script(text: string): Promise<Record<string, unknown>[]>
}
