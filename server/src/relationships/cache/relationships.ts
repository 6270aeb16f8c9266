// Every store and model in memory, and of their tuples what is asked for, kept up to date by the change log.
import { randomId } from '../../kernel/random.ts'
import { type Change, type Follower, readOn } from '../../platform/changes/index.ts'
import type { Database } from '../../platform/database/index.ts'
import type { Metrics } from '../../platform/telemetry/index.ts'
import { type ModelBody, type Tuple, type TupleKey, typeOf } from '../model.ts'
import { rulesOf } from '../models/tuple-rules.ts'
import { loadRelationships, readPage, TOPICS } from '../store.ts'
import { cacheMetrics, sampleMemory } from './cache-metrics.ts'
import { SizeEstimates } from './size-estimates.ts'
import { type CachedStore, TupleCache } from './tuple-cache.ts'
import { type Model, Tuples } from './tuples.ts'

export interface Store {
  id: string
  name: string
  created_at: string
  models: Map<string, Model>
  /** The model with the greatest id. */
  newest: Model | undefined
  tuples: Tuples
}

export interface Relationships {
  /** Position of the change log that what is held here answers for. */
  readonly position: number
  /** Tuples held, and the bytes they take. */
  readonly size: number
  readonly bytes: number
  store(id: string): Store | undefined
  stores(): readonly Store[]
}

export interface RelationshipsGiven {
  database: Pick<Database, 'transaction'>
  /** Resolves true when this replica has applied `position`, false when that took too long. */
  reached(position: number): Promise<boolean>
  /** Bytes that tuples may take, but for what one question needs. */
  limit: number
  /** Tuples read at a time: a transaction of well under a tenth of a second, which others may wait for. */
  atOnce?: number
  metrics: Metrics
  elapsed(): number
  onError(error: Error): void
}

export interface FollowedRelationships extends Follower, Relationships {
  /** Loads what fits, once the log is followed, and again when it was loaded anew; `first` before all others. */
  warm(first: string | undefined): Promise<void>
  /** Resolves when nothing is being loaded, and nothing more has to give way. */
  idle(): Promise<void>
  /** Loads nothing from here on. */
  stop(): Promise<void>
}

const AT_ONCE = 10_000

type Kept = Store & CachedStore

export function followRelationships(given: RelationshipsGiven): FollowedRelationships {
  let stores = new Map<string, Kept>()
  let position = 0
  let warmed: { first: string | undefined } | undefined
  const { database, reached, limit, onError, atOnce = AT_ONCE } = given
  const holding = new TupleCache({
    rows: {
      page: ({ since, ...of }) =>
        database.transaction(async (tx) => ({ tuples: await readPage(tx, of), head: await readOn(tx, since) })),
      head: (since) => database.transaction((tx) => readOn(tx, since)),
      ...{ reached, atOnce },
    },
    ...{ limit, onError, measures: cacheMetrics(given.metrics, given.elapsed) },
    current: (id) => stores.get(id),
    stores: () => stores.values(),
  })

  function keep(id: string, { name, created_at }: { name: string; created_at: Date }, estimates = new SizeEstimates()) {
    const kept: Kept = {
      ...{ id, name, created_at: created_at.toISOString(), models: new Map(), newest: undefined, estimates },
      tuples: new Tuples(randomId(4).readInt32LE(), {
        asked: () => holding.asked(),
        load: (touched) => holding.load(kept, touched),
      }),
      changes: undefined,
    }
    return kept
  }

  const relationships: FollowedRelationships = {
    topics: Object.values(TOPICS),
    async load(tx) {
      const rows = await loadRelationships(tx)
      return (at) => {
        const counts = Map.groupBy(rows.counts, ({ store_id }) => store_id)
        stores = new Map()
        for (const row of rows.stores) {
          const counted = counts.get(row.id)?.map(({ type, tuples }) => [type, tuples] as const)
          const kept = keep(row.id, row, new SizeEstimates(counted))
          kept.tuples.drop()
          stores.set(row.id, kept)
        }
        for (const { store_id, id, body } of rows.models) addModel(stores.get(store_id), id, body)
        position = at
        if (warmed) void holding.warm(warmed.first)
      }
    },
    apply({ topic, key, body, position: at }: Change) {
      position = at
      if (topic === TOPICS.store) {
        const created = body as { name: string; created_at: string } | null
        // A store that begins here is held from its first tuple on.
        const begun = created ? keep(key, { ...created, created_at: new Date(created.created_at) }) : undefined
        holding.grown((begun?.tuples.bytes ?? 0) - (stores.get(key)?.tuples.bytes ?? 0))
        if (begun) stores.set(key, begun)
        else stores.delete(key)
      }
      const store = stores.get(key)
      if (topic === TOPICS.model) {
        const { id, body: model } = body as { id: string; body: ModelBody }
        addModel(store, id, model)
      }
      if (topic === TOPICS.tuples && store)
        holding.grown(change(store, body as { writes: Tuple[]; deletes: TupleKey[] }))
    },
    async warm(first) {
      warmed = { first }
      await holding.warm(first)
    },
    idle: () => holding.idle(),
    stop: () => holding.stop(),
    get position() {
      return position
    },
    get size() {
      return [...stores.values()].reduce((sum, { tuples }) => sum + tuples.size, 0)
    },
    get bytes() {
      return [...stores.values()].reduce((sum, { tuples }) => sum + tuples.bytes, 0)
    },
    store: (id) => stores.get(id),
    stores: () => [...stores.values()],
  }
  sampleMemory(given.metrics, relationships)
  return relationships
}

/** Bytes the store takes more. */
function change(store: Kept, { writes, deletes }: { writes: Tuple[]; deletes: TupleKey[] }): number {
  const { tuples, estimates, changes } = store
  const before = tuples.bytes
  for (const tuple of deletes) {
    tuples.take(tuple)
    estimates.add(typeOf(tuple.object), -1)
    changes?.push({ tuple, written: false })
  }
  for (const tuple of writes) {
    tuples.put(tuple)
    estimates.add(typeOf(tuple.object), 1)
    changes?.push({ tuple, written: true })
  }
  return tuples.bytes - before
}

function addModel(store: Store | undefined, id: string, body: ModelBody): void {
  if (!store) return
  const model = { id, body, ...rulesOf(body) }
  store.models.set(id, model)
  if (!store.newest || id > store.newest.id) store.newest = model
}
