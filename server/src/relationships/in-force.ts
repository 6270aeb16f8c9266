// What a question is judged by: the store, the model it names or the newest, and the tuples with the contextual ones.
import type { Model, TupleKey, Tuples } from './model.ts'
import { modelNotFound, noModel, Refusal, storeNotFound } from './problems.ts'
import type { Relationships, Store } from './relationships.ts'
import { withContextual } from './tuple-index.ts'
import { nameOf, tupleFault } from './tuple-rules.ts'

export interface InForce {
  store: Store
  model: Model
}

export function storeOf(relationships: Relationships, id: string): Store {
  const store = relationships.store(id)
  if (!store) throw storeNotFound()
  return store
}

export function inForce(
  relationships: Relationships,
  { store_id, authorization_model_id: id }: { store_id: string; authorization_model_id?: string },
): InForce {
  const store = storeOf(relationships, store_id)
  const model = id === undefined ? store.newest : store.models.get(id)
  if (!model) throw id === undefined ? noModel(store_id) : modelNotFound(id)
  return { store, model }
}

/** The store's tuples and `contextual`; throws `invalid_tuple` where the model does not allow one of these. */
export function tuplesWith({ store, model }: InForce, contextual: readonly TupleKey[]): Tuples {
  for (const tuple of contextual) {
    const fault = tupleFault(model.types, tuple)
    if (fault !== undefined) throw new Refusal('invalid_tuple', `Invalid tuple '${nameOf(tuple)}'. Reason: ${fault}`)
  }
  return withContextual(store.tuples, contextual)
}

export function accept(fault: string | undefined): void {
  if (fault !== undefined) throw new Refusal('validation_error', fault)
}
