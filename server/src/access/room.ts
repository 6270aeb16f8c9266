// What agents may do, and who may administer, as one value.
import type { Agents } from '../agents/index.ts'
import type { Connections } from '../connections/index.ts'
import type { People } from '../directory/index.ts'
import type { ConnectionId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import { nothing, type Room } from '../pipeline/index.ts'
import { type AskedTerms, askedTerms } from './asked.ts'
import { type Decide, decider } from './decide.ts'
import { followManagedConnections } from './managed-connections.ts'
import type { ManagedConnections } from './model.ts'
import { accessRoutes } from './routes.ts'

export interface AccessGiven {
  people: People
  agents: Agents
  connections: Connections
}

export interface AccessDoor {
  managed: ManagedConnections
  decide: Decide
  /** Whom the managed connections of the chain say must be asked before `scope` is used at `connection`. */
  asked(principal: Principal, of: { connection: string; scope: string }): AskedTerms
}

export const accessRoom: Room<AccessGiven, AccessDoor> = {
  name: 'access',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [],
  transient: [],
  restored: nothing,
  open({ changes, now }, { people, agents, connections }) {
    const managed = followManagedConnections()
    const { assertFresh } = changes
    return {
      door: {
        managed,
        decide: decider({ people, agents, connections, managed, assertFresh, now }),
        asked: (principal, { connection, scope }) =>
          askedTerms(managed, principal, { target: connection as ConnectionId, scopes: [scope], now: now() }),
      },
      follows: [managed],
      routes: () => [accessRoutes({ agents, connections })],
      mount: nothing,
      jobs: [],
      trim: nothing,
      holds: undefined,
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}
