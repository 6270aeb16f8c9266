// Every store, model and tuple in memory, kept up to date by the change log.
import type { Change, Follower } from '../platform/changes/index.ts'
import { type Model, type ModelBody, type TupleKey, typesOf } from './model.ts'
import { loadRelationships, TOPICS } from './store.ts'
import { TupleIndex } from './tuple-index.ts'

export interface Store {
  id: string
  name: string
  created_at: string
  models: Map<string, Model>
  /** The model with the greatest id. */
  newest: Model | undefined
  tuples: TupleIndex
}

export interface Relationships {
  /** Position of the change log that what is held here answers for. */
  readonly position: number
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
        for (const { store_id, ...tuple } of rows.tuples) stores.get(store_id)?.tuples.add(tuple)
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
        const { writes, deletes } = body as { writes: TupleKey[]; deletes: TupleKey[] }
        for (const tuple of deletes) store?.tuples.delete(tuple)
        for (const tuple of writes) store?.tuples.add(tuple)
      }
    },
    get position() {
      return position
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
  tuples: new TupleIndex(),
})

function addModel(store: Store | undefined, id: string, body: ModelBody): void {
  if (!store) return
  const model = { id, body, types: typesOf(body) }
  store.models.set(id, model)
  if (!store.newest || id > store.newest.id) store.newest = model
}
