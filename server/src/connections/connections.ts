// Every connection and resource in memory, kept up to date by the change log.
import {
  DEFAULT_MAX_RESULT_BYTES,
  DEFAULT_TIMEOUT_SECONDS,
  type HttpOperation,
  isOperationName,
  parseOperation,
} from '@mandate/contract'
import type { ConnectionId, ResourceId } from '../kernel/ids.ts'
import type { Change, Follower } from '../platform/changes/index.ts'
import type { Connection, Connections, Resource } from './model.ts'
import { indexOperations } from './operation-index.ts'
import { type ConnectionChange, loadConnections, type ResourceChange, TOPICS } from './store.ts'

export function followConnections(): Follower & Connections {
  let connections = new Map<ConnectionId, Connection>()
  let resources = new Map<ResourceId, Resource>()
  let names = new Map<string, Connection>()
  let identifiers = new Map<string, Resource>()

  const index = () => {
    names = new Map([...connections.values()].map((connection) => [connection.name, connection]))
    identifiers = new Map([...resources.values()].map((resource) => [resource.identifier, resource]))
  }
  return {
    topics: Object.values(TOPICS),
    async load(tx) {
      const loaded = await loadConnections(tx)
      return () => {
        connections = new Map(loaded.connections.map((row) => [row.id, connectionFrom(row)]))
        resources = new Map(loaded.resources.map((row) => [row.id, resourceFrom(row)]))
        index()
      }
    },
    apply({ topic, key, body }: Change) {
      if (topic === TOPICS.resource) resources.set(key as ResourceId, resourceFrom(body as ResourceChange))
      if (topic === TOPICS.connection) {
        const change = body as ConnectionChange | { removed: true }
        if ('removed' in change) connections.delete(key as ConnectionId)
        else connections.set(key as ConnectionId, connectionFrom(change))
      }
      index()
    },
    byName: (name) => names.get(name),
    byId: (id) => connections.get(id),
    all: () => connections.values(),
    resource: (identifier) => identifiers.get(identifier),
    resourceById: (id) => resources.get(id),
    resources: () => resources.values(),
  }
}

const connectionFrom = ({
  credential_version,
  tools,
  timeout_seconds,
  max_result_bytes,
  hold,
  ...row
}: ConnectionChange): Connection => ({
  ...row,
  // Changes written by an earlier release do not have these.
  oauth: row.oauth ?? null,
  timeoutMs: (timeout_seconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
  maxResultBytes: max_result_bytes ?? DEFAULT_MAX_RESULT_BYTES,
  tools: new Map(Object.entries(tools)),
  // A tool of an MCP server may be named like an operation.
  operations: indexOperations(row.kind === 'mcp' ? [] : Object.keys(tools).filter(isOperationName).flatMap(readable)),
  credentialVersion: credential_version,
  // Undefined in changes of before there were holds.
  held: hold != null,
})

// A follower must not fail: a name that this release cannot read matches nothing, and what matches nothing is irreversible.
function readable(name: string): HttpOperation[] {
  try {
    return [parseOperation(name)]
  } catch {
    return []
  }
}

const resourceFrom = ({ scopes, ...row }: ResourceChange): Resource => ({ ...row, scopes: scopes.list })
