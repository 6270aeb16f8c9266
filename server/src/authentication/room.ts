// Who is here, as one value.
import type { People } from '../directory/index.ts'
import type { UserId } from '../kernel/ids.ts'
import { nothing, type Room } from '../pipeline/index.ts'
import { endSignIns } from './epoch.ts'
import { bootstrapAdmin, makeSetupLink } from './first-admin.ts'
import { trimSignIns } from './retention.ts'
import { authenticationRoutes } from './routes.ts'
import { createSessions, type SessionKeeping } from './sessions.ts'

export interface AuthenticationGiven {
  people: People
  /** The operator's first administrator; acts only where there is nobody yet. */
  firstAdmin: { email: string; password: string } | undefined
}

export interface AuthenticationDoor {
  sessions: SessionKeeping
  /** A fresh link for the first administrator; undefined where there is somebody. */
  setupLink(): Promise<string | undefined>
}

export const authenticationRoom: Room<AuthenticationGiven, AuthenticationDoor> = {
  name: 'authentication',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [],
  transient: [{ table: 'sessions' }, { table: 'sign_in_attempts' }, { table: 'setup_links' }],
  restored: endSignIns,
  async open({ issuer, database, clock, now, revocations, changes }, { people, firstAdmin }) {
    if (firstAdmin !== undefined) await bootstrapAdmin({ database, now: now(), ...firstAdmin })
    const sessions = createSessions({ database, people, revocations, clock })
    const { position } = changes
    return {
      door: { sessions, setupLink: () => makeSetupLink({ database, issuer, now: now() }) },
      follows: [],
      routes: () => authenticationRoutes({ database, sessions, people, issuer, position }),
      mount: nothing,
      jobs: [],
      trim: trimSignIns,
      holds: {
        knows: ({ type, id }) => type === 'session' && sessions.live(id as `ses_${string}`),
        async end(tx, { type, id, reason }) {
          const which = type === 'user' ? { user: id as UserId } : type === 'session' ? { session: id } : undefined
          return { ended: [{ system: 'sessions', count: which ? await sessions.endAll(tx, which, reason) : 0 }] }
        },
      },
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}
