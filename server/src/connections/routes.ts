// Method, path, operation.
import type { RouteTable } from '../pipeline/index.ts'
import { createConnection, type Reaching } from './operations/create-connection.ts'
import { readConnection, readConnections } from './operations/read-connections.ts'
import { releaseConnection } from './operations/release-connection.ts'
import { removeConnection } from './operations/remove-connection.ts'
import { createResource, readResource, readResources } from './operations/resources.ts'
import { replaceCredential, updateConnection } from './operations/update-connection.ts'

export const connectionRoutes = (given: Reaching & { issuer: string }): RouteTable => ({
  tag: 'connections',
  base: '/api/v1',
  audience: '/api',
  routes: [
    { method: 'POST', path: '/resources', operation: createResource(given.issuer), status: 201 },
    { method: 'GET', path: '/resources', operation: readResources },
    { method: 'GET', path: '/resources/{id}', operation: readResource },
    { method: 'POST', path: '/connections', operation: createConnection(given), status: 201 },
    { method: 'GET', path: '/connections', operation: readConnections },
    { method: 'GET', path: '/connections/{id}', operation: readConnection },
    { method: 'PATCH', path: '/connections/{id}', operation: updateConnection(given) },
    { method: 'PUT', path: '/connections/{id}/credential', operation: replaceCredential(given) },
    { method: 'POST', path: '/connections/{id}/release', operation: releaseConnection },
    { method: 'DELETE', path: '/connections/{id}', operation: removeConnection(given) },
  ],
})
