// Our sessions with clients: each bound to one connection and one principal, and leading to one session upstream.
import { randomBytes } from 'node:crypto'
import type { Connection } from '../../connections/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Attendance } from '../attendance.ts'
import { sessionGone } from './refusals.ts'
import type { McpUpstream } from './upstream.ts'

const IDLE_MS = 30 * 60 * 1000
const SWEEP_MS = 15_000
const MOST_PER_PRINCIPAL = 32
const MOST = 10_000

export interface Session {
  id: string
  upstream: McpUpstream
  /** As of its latest call. */
  principal: Principal
  /** Calls and streams under way: while there are any it is not idle. */
  busy: number
}

interface Kept extends Session {
  owner: string
  /** What the session was opened with; when the connection leads elsewhere now, it is over. */
  leadsTo: string
  usedAt: number
  unwatch(): void
}

export interface Sessions {
  open(given: { connection: Connection; principal: Principal; upstream: McpUpstream }): Session
  /** Throws a 404 for a session that is unknown, over, of another connection, or of someone else: all alike. */
  find(id: string | undefined, given: { connection: Connection; principal: Principal }): Session
  drop(session: Session): void
  close(): Promise<void>
}

export function createSessions(given: { clock: Clock; attendance: Attendance }): Sessions {
  // In the order of use: the first is the one that was quiet for longest.
  const all = new Map<string, Kept>()
  let sweeper: NodeJS.Timeout | undefined

  function drop({ id }: { id: string }): Promise<void> | undefined {
    const session = all.get(id)
    if (!session) return undefined
    all.delete(id)
    session.unwatch()
    if (all.size === 0) {
      clearInterval(sweeper)
      sweeper = undefined
    }
    return session.upstream.end()
  }

  function sweep(): void {
    const now = given.clock.elapsed()
    for (const session of [...all.values()]) if (isIdle(session, now)) void drop(session)
  }

  function makeRoom(owner: string): void {
    const own = [...all.values()].filter((session) => session.owner === owner)
    const oldest = own.length >= MOST_PER_PRINCIPAL ? own[0] : all.size >= MOST ? all.values().next().value : undefined
    if (oldest) void drop(oldest)
  }

  return {
    open({ connection, principal, upstream }) {
      const owner = ownerOf(connection, principal)
      makeRoom(owner)
      const session: Kept = {
        id: randomBytes(32).toString('base64url'),
        upstream,
        principal,
        busy: 0,
        owner,
        leadsTo: leadsTo(connection),
        usedAt: given.clock.elapsed(),
        unwatch: () => undefined,
      }
      // A child process must not outlive the access it was started for; sessions over HTTP hold nothing of ours.
      if (connection.upstream?.startsWith('stdio:'))
        session.unwatch = given.attendance.watch({
          principal: () => session.principal,
          untilExpiry: false,
          ended: () => void drop(session),
        })
      all.set(session.id, session)
      sweeper ??= setInterval(sweep, SWEEP_MS).unref()
      return session
    },

    find(id, { connection, principal }) {
      const session = id === undefined ? undefined : all.get(id)
      if (!session || session.owner !== ownerOf(connection, principal)) throw sessionGone()
      const now = given.clock.elapsed()
      if (isIdle(session, now) || session.leadsTo !== leadsTo(connection)) {
        void drop(session)
        throw sessionGone()
      }
      session.usedAt = now
      session.principal = principal
      all.delete(session.id)
      all.set(session.id, session)
      return session
    },

    drop: (session) => void drop(session),
    async close() {
      await Promise.all([...all.values()].map(drop))
    },
  }
}

const isIdle = ({ busy, usedAt }: Kept, now: number): boolean => busy === 0 && now - usedAt >= IDLE_MS

const ownerOf = ({ id }: Connection, { client, sub, act }: Principal): string =>
  JSON.stringify([id, client, sub, act.map((actor) => actor.sub)])

// A child was given the credential of its start; over HTTP the present one is put in with each request.
const leadsTo = ({ upstream, credentialVersion }: Connection): string =>
  upstream?.startsWith('stdio:') ? `${upstream} ${credentialVersion}` : (upstream ?? '')
