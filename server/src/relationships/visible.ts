// Which records a person may see, for those who filter results in this process: judged at once, and never by throwing.
import { check } from './evaluate.ts'
import type { Relationships, Store } from './relationships.ts'
import { questionFault } from './tuple-rules.ts'

export interface RecordsQuestion {
  /** `user:<usr_id>` */
  user: string
  relation: string
  /** Type of the records in the model of the records' store. */
  type: string
  ids: readonly string[]
}

/** Answers in the order of `ids`. Whatever cannot be judged, for whatever reason, is not visible. */
export type Visible = (question: RecordsQuestion) => boolean[]

/** `recordsStore` is the setting `fga_store`; without it, the only store there is. */
export const visibleRecords =
  ({ relationships, recordsStore }: { relationships: Relationships; recordsStore?: string }): Visible =>
  ({ user, relation, type, ids }) => {
    const store = storeOfRecords(relationships, recordsStore)
    return ids.map((id) => store !== undefined && sees(store, { user, relation, object: `${type}:${id}` }))
  }

function storeOfRecords(relationships: Relationships, recordsStore: string | undefined): Store | undefined {
  if (recordsStore !== undefined) return relationships.store(recordsStore)
  const [only, ...others] = relationships.stores()
  return others.length === 0 ? only : undefined
}

function sees({ newest, tuples }: Store, question: { user: string; relation: string; object: string }): boolean {
  if (!newest || questionFault(newest.types, question) !== undefined) return false
  try {
    return check({ types: newest.types, tuples, ...question })
  } catch {
    return false
  }
}
