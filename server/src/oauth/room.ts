// The authorization server, as one value.
import type { ManagedConnections } from '../access/index.ts'
import type { Agents } from '../agents/index.ts'
import type { Requesting } from '../approvals/index.ts'
import type { SessionKeeping } from '../authentication/index.ts'
import type { Connections } from '../connections/index.ts'
import type { People } from '../directory/index.ts'
import { type Admission, nothing, type Room } from '../pipeline/index.ts'
import { type Authenticator, authenticator } from './authenticate.ts'
import { bootstrapClient } from './bootstrap.ts'
import { followClients } from './clients.ts'
import { endIssued } from './epoch.ts'
import { loadKeys } from './keys.ts'
import { endGrants } from './oidc-store.ts'
import { trimIssued } from './retention.ts'
import { oauthRoutes } from './routes.ts'
import { authorizationServer } from './server.ts'
import { endSignIns } from './sign-in-ends.ts'
import { tokenVerifier } from './verify.ts'

export interface OauthGiven {
  people: People
  agents: Agents
  connections: Connections
  managed: ManagedConnections
  sessions: SessionKeeping
  admission: Pick<Admission, 'checkClient' | 'countClient'>
  approvals: Requesting
  /** The operator's first machine client; acts only where there are no clients yet. */
  firstClient: { id: string; secret: string } | undefined
}

export const oauthRoom: Room<OauthGiven, { callers: Authenticator }> = {
  name: 'oauth',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [{ table: 'signing_keys', id: 'kid', column: 'sealed' }],
  transient: [{ table: 'oidc_entities' }, { table: 'grant_sessions' }],
  restored: endIssued,
  async open({ issuer, database, sealing, revocations, changes, now, onError }, { firstClient, ...given }) {
    const { people, agents, sessions } = given
    const { position, reached, assertFresh } = changes
    if (firstClient !== undefined) await bootstrapClient(database, firstClient)
    const clients = followClients()
    const keys = await loadKeys({ database, sealing })
    const verify = tokenVerifier({ keys, issuer, agents, people, clients, revocations, now })
    const server = authorizationServer({
      ...given,
      issuer,
      keys,
      database,
      clients,
      revocations,
      verify,
      position,
      reached,
      now,
      onError,
    })
    return {
      door: { callers: authenticator({ verify, sessions, issuer, assertFresh }) },
      follows: [clients],
      routes: () => oauthRoutes(server.interactions),
      mount: server.plugin,
      jobs: [],
      trim: trimIssued,
      holds: {
        knows: ({ type, id }) => type === 'client' && clients.client(id) !== undefined,
        async end(tx, { type, id }) {
          if (type === 'agent' || type === 'connection') endSignIns(tx, id)
          const which = grantsOf(type, id)
          return { ended: [{ system: 'grants', count: which ? await endGrants(tx, which) : 0 }] }
        },
      },
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}

function grantsOf(type: string, id: string) {
  if (type === 'user') return { user: id }
  if (type === 'agent' || type === 'client') return { client: id }
  if (type === 'task') return { task: id }
  return type === 'session' ? { session: id } : undefined
}
