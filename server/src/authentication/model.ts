// Who is here: a person's first-party session, held on the server; the browser has only a random name for it.
import type { SessionId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'

export interface Session {
  id: SessionId
  user: UserId
  /** Epoch seconds of the sign-in. */
  authTime: number
  /** How they signed in (RFC 8176). */
  amr: readonly string[]
  /** Epoch milliseconds. */
  expiresAt: number
  /** Of the change log, at the sign-in. */
  position: number
}

export interface Sessions {
  /** The live session that a cookie names, of a person who may act; undefined otherwise. */
  find(cookie: string | undefined): Promise<Session | undefined>
  /** Whether the session is still live, for what was issued from it. */
  live(id: SessionId): Promise<boolean>
  /** Ends it and kills what was issued from it. False if it was not live. */
  end(tx: Transaction, id: SessionId, reason: string): Promise<boolean>
}
