// What a question is judged by: the store, and the model it names or the newest.
import type { Tuple } from './model.ts'
import { modelNotFound, noModel, Refusal, storeNotFound } from './problems.ts'
import type { Relationships, Store } from './relationships.ts'
import { faultOf, tupleFault } from './tuple-rules.ts'
import type { Model } from './tuples.ts'

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

/** Throws where the model does not allow one of the tuples a question assumes. */
export function acceptContextual({ model }: InForce, contextual: readonly Tuple[]): void {
  for (const tuple of contextual) {
    const fault = tupleFault(model, tuple)
    if (fault) throw new Refusal(fault.conditional ? 'validation_error' : 'invalid_tuple', faultOf(tuple, fault))
  }
}

export function accept(fault: string | undefined): void {
  if (fault !== undefined) throw new Refusal('validation_error', fault)
}
