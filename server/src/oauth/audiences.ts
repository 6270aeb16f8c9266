// Which audiences exist: the house's own doors, its connections, and registered resources (CONTRACT §2).
import { MANAGEMENT_SCOPES } from '../access/index.ts'
import type { Connection, Connections, Resource } from '../connections/index.ts'
import { below } from '../pipeline/index.ts'

export type Audience =
  | { kind: 'house'; identifier: string; scopes: readonly string[]; seconds: number }
  | { kind: 'connection'; identifier: string; scopes: readonly ['use']; seconds: number; connection: Connection }
  | { kind: 'resource'; identifier: string; scopes: readonly string[]; seconds: number; resource: Resource }

const AGENT_SECONDS = 300
const PERSON_SECONDS = 600
const FGA_SECONDS = 1200

const HOUSE: Readonly<Record<string, number>> = {
  '/api': PERSON_SECONDS,
  '/fga': FGA_SECONDS,
  '/audit': PERSON_SECONDS,
}

export type FindAudience = (identifier: string) => Audience | undefined

export function audiences(issuer: string, connections: Connections): FindAudience {
  const root = below(issuer, '/')
  const mcp = below(issuer, '/mcp/')
  return (identifier) => {
    if (identifier.startsWith(mcp)) {
      const connection = connections.byName(identifier.slice(mcp.length))
      return connection && { kind: 'connection', identifier, scopes: ['use'], seconds: AGENT_SECONDS, connection }
    }
    if (identifier.startsWith(root)) {
      const seconds = HOUSE[identifier.slice(root.length - 1)]
      return seconds === undefined ? undefined : { kind: 'house', identifier, scopes: MANAGEMENT_SCOPES, seconds }
    }
    const resource = connections.resource(identifier)
    const scopes = resource?.scopes.map(({ name }) => name) ?? []
    return resource && { kind: 'resource', identifier, scopes, seconds: AGENT_SECONDS, resource }
  }
}
