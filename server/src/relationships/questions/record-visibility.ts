// Which records a person may see, for those who filter results in this process: judged in one step, and never by throwing.

import type { Relationships, Store } from '../cache/relationships.ts'
import type { Judge } from '../engine/check/judge.ts'
import { YES } from '../engine/check/verdict.ts'
import { typeOf } from '../model.ts'
import { userFault } from '../models/tuple-rules.ts'
import { judgeFor } from './answers.ts'

export interface RecordsQuestion {
  /** `user:<usr_id>` */
  user: string
  relation: string
  /** Type of the records in the model of the records' store. */
  type: string
  ids: readonly string[]
}

/**
 * Answers to each question, in the order of its `ids`, all at one position. Waits until what they touch is in memory;
 * whatever cannot be judged, for whatever reason, is not visible.
 */
export type Visible = (...questions: readonly RecordsQuestion[]) => Promise<boolean[][]>

/** `recordsStore` is the setting `fga_store`; without it, the only store there is. */
export const visibleRecords =
  ({ relationships, recordsStore }: { relationships: Relationships; recordsStore?: string }): Visible =>
  async (...questions) => {
    try {
      for (;;) {
        const store = storeOfRecords(relationships, recordsStore)
        const readSets = store?.newest?.readSets
        if (!store || !readSets) return questions.map(nothingOf)
        const loading = store.tuples.need(questions.map(({ type, relation }) => readSets(type, relation)))
        if (!loading) return questions.map((question) => seeOrNothing(store, question))
        await loading
      }
    } catch {
      return questions.map(nothingOf)
    }
  }

const nothingOf = ({ ids }: RecordsQuestion): boolean[] => ids.map(() => false)

function seeOrNothing(store: Store, question: RecordsQuestion): boolean[] {
  try {
    return see(store, question) ?? nothingOf(question)
  } catch {
    return nothingOf(question)
  }
}

function storeOfRecords(relationships: Relationships, recordsStore: string | undefined): Store | undefined {
  if (recordsStore !== undefined) return relationships.store(recordsStore)
  const [only, ...others] = relationships.stores()
  return others.length === 0 ? only : undefined
}

/** Undefined where the model does not know what is asked. */
function see({ newest, tuples }: Store, { user, relation, type, ids }: RecordsQuestion): boolean[] | undefined {
  if (!newest || userFault(newest.types, user) !== undefined || !newest.types.get(type)?.has(relation)) return undefined
  const compiled = tuples.compiled(newest)
  const { version } = tuples
  return tuples.assuming([], () => {
    const { plan, graph, visibility } = compiled
    const wanted = plan.named(type, relation)
    if (!wanted) return undefined
    // Users that stand in no tuple see what everyone of their type sees.
    const item = graph.names.find(user)
    const viewer = item === -1 ? -1 - graph.typeNumber(typeOf(user)) : item
    const everyone = plan.wildcard(wanted.typeNumber)
    const prefix = `${type}:`
    // What stands in no tuple has no number, and nobody sees it.
    const objects = Int32Array.from(ids, (id) => {
      const object = graph.names.findWithin(prefix, id)
      return object === everyone ? -1 : object
    })
    let judge: Judge | undefined
    const judging = () => (judge ??= judgeFor(compiled, user))
    const seen = visibility.see(judging, { user: viewer, relation: wanted.number, version }, objects)
    return Array.from(seen, (one) => one === YES)
  })
}
