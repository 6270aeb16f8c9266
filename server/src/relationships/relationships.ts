// Every store, model and tuple in memory, kept up to date by the change log.
import { randomId } from '../kernel/random.ts'
import type { Change, Follower } from '../platform/changes/index.ts'
import type { ModelBody, Tuple, TupleKey } from './model.ts'
import { loadRelationships, TOPICS } from './store.ts'
import { rulesOf } from './tuple-rules.ts'
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

export function followRelationships(): Follower & Relationships {
  let stores = new Map<string, Store>()
  let position = 0
  return {
    topics: Object.values(TOPICS),
    async load(tx) {
      const rows = await loadRelationships(tx)
      return (at) => {
        stores = new Map(rows.stores.map((row) => [row.id, emptyStore(row.id, row)]))
        for (const { store_id, id, body } of rows.models) addModel(stores.get(store_id), id, body)
        for (const [id, tuples] of Map.groupBy(rows.tuples, ({ store_id }) => store_id))
          stores
            .get(id)
            ?.tuples.load(tuples.map(({ condition, ...tuple }) => ({ ...tuple, condition: condition ?? undefined })))
        position = at
      }
    },
    apply({ topic, key, body, position: at }: Change) {
      position = at
      if (topic === TOPICS.store) {
        const created = body as { name: string; created_at: string } | null
        if (created) stores.set(key, emptyStore(key, { ...created, created_at: new Date(created.created_at) }))
        else stores.delete(key)
      }
      const store = stores.get(key)
      if (topic === TOPICS.model) {
        const { id, body: model } = body as { id: string; body: ModelBody }
        addModel(store, id, model)
      }
      if (topic === TOPICS.tuples) {
        const { writes, deletes } = body as { writes: Tuple[]; deletes: TupleKey[] }
        for (const tuple of deletes) store?.tuples.take(tuple)
        for (const tuple of writes) store?.tuples.put(tuple)
      }
    },
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
}

const emptyStore = (id: string, { name, created_at }: { name: string; created_at: Date }): Store => ({
  id,
  name,
  created_at: created_at.toISOString(),
  models: new Map(),
  newest: undefined,
  tuples: new Tuples(randomId(4).readInt32LE()),
})

function addModel(store: Store | undefined, id: string, body: ModelBody): void {
  if (!store) return
  const model = { id, body, ...rulesOf(body) }
  store.models.set(id, model)
  if (!store.newest || id > store.newest.id) store.newest = model
}
