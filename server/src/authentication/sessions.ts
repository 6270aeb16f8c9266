// Sessions: a row here, a random name for it in the browser, twelve hours at most.
import type { People } from '../directory/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { newId, type SessionId, type UserId } from '../kernel/ids.ts'
import { type Revocations, revoke } from '../platform/changes/index.ts'
import type { Database, Transaction } from '../platform/database/index.ts'
import type { Session, Sessions } from './model.ts'
import { endSession, endSessionsOf, findLiveSession, insertSession, type LiveSession } from './store.ts'
import { hashOf, newToken } from './tokens.ts'

export const SESSION_SECONDS = 12 * 3600

export interface SessionGround {
  database: Database
  people: People
  revocations: Revocations
  clock: Clock
}

export interface SignedIn {
  user: UserId
  amr: string[]
  /** Of the change log, read before it was judged whether they may sign in. */
  position: number
  remote: string
}

/** Sessions as this room has them: it alone begins them. */
export interface SessionKeeping extends Sessions {
  /** Begins a session and returns the cookie's value, which is not kept. */
  begin(tx: Transaction, signedIn: SignedIn): Promise<string>
  /** Ends the session that a cookie names; returns whose it was. */
  endNamed(tx: Transaction, cookie: string | undefined, reason: string): Promise<UserId | undefined>
  /** Ends every live session of a person, or the one named, and kills what was issued from them; how many. */
  endAll(tx: Transaction, which: { user: UserId } | { session: string }, reason: string): Promise<number>
}

export function createSessions({ database, people, revocations, clock }: SessionGround): SessionKeeping {
  // A person who was deactivated and let back in signs in again: what was theirs before is dead.
  const mayAct = ({ id, user_id, position }: LiveSession) =>
    people.active(user_id) && !revocations.dead([id, user_id], position)

  async function find(cookie: string | undefined): Promise<Session | undefined> {
    if (!cookie) return undefined
    const row = await database.transaction((tx) => findLiveSession(tx, ['token_hash', hashOf(cookie)], clock.now()))
    if (!row || !mayAct(row)) return undefined
    const { id, user_id: user, auth_time: authTime, amr, expires_at, position } = row
    return { id, user, authTime, amr, expiresAt: expires_at.getTime(), position }
  }

  async function live(id: SessionId): Promise<boolean> {
    const row = await database.transaction((tx) => findLiveSession(tx, ['id', id], clock.now()))
    return row !== undefined && mayAct(row)
  }

  async function end(tx: Transaction, id: SessionId, reason: string): Promise<boolean> {
    const ended = await endSession(tx, id, { reason, now: clock.now() })
    if (ended) revoke(tx, id, reason)
    return ended
  }

  async function begin(tx: Transaction, { user, amr, position, remote }: SignedIn): Promise<string> {
    const token = newToken()
    const now = clock.now()
    await insertSession(tx, {
      id: newId('session', now),
      token_hash: hashOf(token),
      user_id: user,
      auth_time: Math.floor(now / 1000),
      amr,
      position,
      created_at: new Date(now),
      expires_at: new Date(now + SESSION_SECONDS * 1000),
      remote,
    })
    return token
  }

  async function endNamed(tx: Transaction, cookie: string | undefined, reason: string): Promise<UserId | undefined> {
    if (!cookie) return undefined
    const row = await findLiveSession(tx, ['token_hash', hashOf(cookie)], clock.now())
    return row && (await end(tx, row.id, reason)) ? row.user_id : undefined
  }

  async function endAll(tx: Transaction, which: { user: UserId } | { session: string }, reason: string) {
    if ('session' in which) return (await end(tx, which.session as SessionId, reason)) ? 1 : 0
    const ended = await endSessionsOf(tx, which.user, { reason, now: clock.now() })
    for (const id of ended) revoke(tx, id, reason)
    return ended.length
  }

  return { find, live, end, begin, endNamed, endAll }
}
