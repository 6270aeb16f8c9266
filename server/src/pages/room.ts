// The console's pages, and the events that keep them up to date: as one value.
import type { SessionKeeping } from '../authentication/index.ts'
import type { People } from '../directory/index.ts'
import type { Decision, Question } from '../kernel/decision.ts'
import type { Principal } from '../kernel/principal.ts'
import { nothing, type Recorder, type Room } from '../pipeline/index.ts'
import { followForEvents } from './events/following.ts'
import { heard } from './events/heard.ts'
import { eventsHub } from './events/hub.ts'
import { eventRoutes } from './events/routes.ts'
import { mountPages } from './mount.ts'
import { pageRoutes } from './routes/index.ts'

export interface PagesGiven {
  people: People
  sessions: SessionKeeping
  decide(principal: Principal, question: Question): Decision
  stillValid(principal: Principal): boolean
}

export interface PagesDoor {
  /** `recorder`, whose outcomes on this replica are shown to whoever watches as well. */
  heard(recorder: Recorder): Recorder
}

export const pagesRoom: Room<PagesGiven, PagesDoor> = {
  name: 'pages',
  migrations: undefined,
  sealed: [],
  transient: [],
  restored: nothing,
  open({ issuer, revocations, changes, now, onError }, { people, sessions, decide, stillValid }) {
    const { position, assertFresh } = changes
    const hub = eventsHub({
      permits: (principal, question) => decide(principal, question).answer === 'permit',
      stillHere(principal, since) {
        if (principal.expiresAt * 1000 <= now()) return false
        if (principal.audience !== 'session') return stillValid(principal)
        assertFresh()
        const user = principal.sub as `usr_${string}`
        return people.active(user) && !revocations.dead([user, principal.session ?? ''], since)
      },
      onError,
      now,
    })
    return {
      door: { heard: (recorder) => heard(recorder, hub.tell) },
      follows: [followForEvents(hub.tell)],
      routes: () => eventRoutes({ hub, sessions, position }),
      mount: (app, perform, tables) => mountPages(pageRoutes, { app, perform, issuer, tables, now }),
      jobs: [],
      trim: nothing,
      holds: undefined,
      start: nothing,
      drain: hub.close,
      cutOff: nothing,
      stop: nothing,
    }
  },
}
