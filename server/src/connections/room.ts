// What agents can reach, as one value.
import { isId } from '../kernel/ids.ts'
import { nothing, type Room } from '../pipeline/index.ts'
import { followConnections } from './connections.ts'
import { holdConnection } from './hold.ts'
import type { Connections, CredentialKeeping } from './model.ts'
import { connectionRoutes } from './routes.ts'

export interface ConnectionsGiven {
  /** From the token vault, which opens after this room. */
  credentials(): CredentialKeeping
  /** Names of the programs in the setting stdio_servers. */
  stdioNames: ReadonlySet<string>
}

export const connectionsRoom: Room<ConnectionsGiven, { connections: Connections }> = {
  name: 'connections',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [],
  transient: [],
  restored: nothing,
  open({ issuer, outbound }, { credentials, stdioNames }) {
    const connections = followConnections()
    const checkUpstream = (url: string) =>
      outbound.checkUrl(url).then(
        () => undefined,
        (error: Error) => error.message,
      )
    return {
      door: { connections },
      follows: [connections],
      routes: () => [connectionRoutes({ issuer, credentials: credentials(), outbound, checkUpstream, stdioNames })],
      mount: nothing,
      jobs: [],
      trim: nothing,
      holds: {
        knows: ({ type, id }) => type === 'connection' && connections.byId(id as `con_${string}`) !== undefined,
        end: async () => ({ ended: [] }),
        hold: async (tx, { id, ...held }) => (isId('connection', id) ? holdConnection(tx, id, held) : undefined),
      },
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}
