// Who stands in what relation to what, as one value.
import type { Principal } from '../kernel/principal.ts'
import { nothing, type Room } from '../pipeline/index.ts'
import { followRelationships } from './cache/relationships.ts'
import { type Visible, visibleRecords } from './questions/record-visibility.ts'
import { relationshipRoutes } from './routes.ts'

export interface RelationshipsSettings {
  /** Bytes that tuples may take in memory. */
  limit: number
  /** The store that says which records a person may see; undefined for the only store there is. */
  recordsStore: string | undefined
  /** Whether what a principal by token stands on is still valid; from the authorization server, which opens later. */
  stillValid(principal: Principal): boolean
}

export const relationshipsRoom: Room<RelationshipsSettings, { visible: Visible }> = {
  name: 'relationships',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [],
  transient: [],
  restored: nothing,
  open({ database, metrics, changes, onError, elapsed }, { limit, recordsStore, stillValid }) {
    const { reached, newest } = changes
    const relationships = followRelationships({ database, metrics, reached, onError, limit, elapsed })
    return {
      door: { visible: visibleRecords({ relationships, recordsStore }) },
      follows: [relationships],
      routes: () => [relationshipRoutes({ relationships, reached, newest, stillValid })],
      mount: nothing,
      jobs: [],
      trim: nothing,
      holds: undefined,
      // In the background: what is asked before its turn is loaded at once.
      start: async () => void relationships.warm(recordsStore),
      drain: () => undefined,
      cutOff: nothing,
      stop: () => relationships.stop(),
    }
  },
}
