// A model and its tuples in memory, asked in names; for tests.

import { Tuples } from '../cache/tuples.ts'
import type { ConditionContext } from '../conditions/condition-definition.ts'
import type { ModelBody, Tuple } from '../model.ts'
import { rulesOf } from '../models/tuple-rules.ts'
import { checkTuple, usersOf } from '../questions/answers.ts'
import { objectsInSlices, objectsOf } from '../questions/object-lists.ts'
import { visibleRecords } from '../questions/record-visibility.ts'
import { tuple } from './models.ts'

/** Questions take turns: walks that are written down from the start, from their middle, and not at all. */
const UNWRITTEN = [0, 1, 3, 64]
let asked = 0

export function asking(body: ModelBody, ...written: (string | Tuple)[]) {
  const read = (one: string | Tuple): Tuple => (typeof one === 'string' ? tuple(one) : one)
  const model = { id: 'model', body, ...rulesOf(body) }
  const tuples = new Tuples(written.length)
  tuples.load(written.map(read))
  const store = { id: 'store', name: 'store', created_at: '', models: new Map(), newest: model, tuples }
  const by = { store, model }
  const assumed = (contextual: readonly (string | Tuple)[], context?: ConditionContext) => ({
    ...{ contextual: contextual.map(read), context },
  })
  const relationships = { position: 0, size: 0, bytes: 0, store: () => store, stores: () => [store] }
  return {
    tuples,
    visible: visibleRecords({ relationships }),
    check: (question: string, ...contextual: (string | Tuple)[]) =>
      checkTuple(by, tuple(question), assumed(contextual)),
    checkWith: (question: string, context: ConditionContext, contextual: readonly (string | Tuple)[] = []) =>
      checkTuple(by, tuple(question), { ...assumed(contextual, context), unwritten: UNWRITTEN[asked++ % 4] ?? 0 }),
    objects: (type: string, relation: string, user: string, context?: ConditionContext, contextual: Tuple[] = []) =>
      objectsOf(by, { type, relation, user }, assumed(contextual, context)).sort(),
    /** The same a few steps at a time, `between` which others ask; what was found when it is refused is told first. */
    objectsInParts(
      { type, relation, user, context }: { type: string; relation: string; user: string; context?: ConditionContext },
      { steps, most, between }: { steps: number; most: number; between(): void },
      told: (objects: readonly string[]) => void,
    ): boolean {
      const slices = objectsInSlices(by, { type, relation, user }, assumed([], context))
      if (!slices) return false
      for (let isLast = false; !isLast; between()) {
        const part = slices.part(steps, most)
        told(slices.compiled.graph.names.textsOf(part.objects))
        isLast = part.isLast
      }
      return true
    },
    users: (
      target: string,
      filter: { type: string; relation?: string },
      context?: ConditionContext,
      contextual: Tuple[] = [],
    ) => {
      const { object, relation } = tuple(`${target}@`)
      return usersOf(by, { object, relation, filter }, assumed(contextual, context))
    },
  }
}
