// Method, path, operation.
import type { Agents } from '../agents/index.ts'
import type { Connections } from '../connections/index.ts'
import type { RouteTable } from '../pipeline/index.ts'
import {
  deleteManagedConnection,
  listManagedConnections,
  putManagedConnection,
} from './operations/managed-connections.ts'

export const accessRoutes = (known: { agents: Agents; connections: Connections }): RouteTable => ({
  tag: 'access',
  base: '/api/v1',
  audience: '/api',
  routes: [
    { method: 'PUT', path: '/agents/{id}/managed-connections/{target}', operation: putManagedConnection(known) },
    { method: 'DELETE', path: '/agents/{id}/managed-connections/{target}', operation: deleteManagedConnection(known) },
    { method: 'GET', path: '/agents/{id}/managed-connections', operation: listManagedConnections(known) },
  ],
})
