// What a question is judged by: the store, and the model it names or the newest.

import type { Relationships, Store } from '../cache/relationships.ts'
import type { Model } from '../cache/tuples.ts'
import type { Tuple } from '../model.ts'
import { faultOf, tupleFault } from '../models/tuple-rules.ts'
import { modelNotFound, noModel, Refusal, storeNotFound } from '../protocol/problems.ts'

export interface ResolvedModel {
  store: Store
  model: Model
}

export function storeOf(relationships: Relationships, id: string): Store {
  const store = relationships.store(id)
  if (!store) throw storeNotFound()
  return store
}

export function resolveModel(
  relationships: Relationships,
  { store_id, authorization_model_id: id }: { store_id: string; authorization_model_id?: string },
): ResolvedModel {
  const store = storeOf(relationships, store_id)
  const model = id === undefined ? store.newest : store.models.get(id)
  if (!model) throw id === undefined ? noModel(store_id) : modelNotFound(id)
  return { store, model }
}

/** Throws where the model does not allow one of the tuples a question assumes. */
export function acceptContextual({ model }: ResolvedModel, contextual: readonly Tuple[]): void {
  for (const tuple of contextual) {
    const fault = tupleFault(model, tuple)
    if (fault) throw new Refusal(fault.conditional ? 'validation_error' : 'invalid_tuple', faultOf(tuple, fault))
  }
}

export function accept(fault: string | undefined): void {
  if (fault !== undefined) throw new Refusal('validation_error', fault)
}
