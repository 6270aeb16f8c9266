// Whether a user stands in a relation to an object.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { checkTuple } from '../answers.ts'
import { answer, Check } from '../bodies.ts'
import type { ConditionContext } from '../conditions/condition-definition.ts'
import type { Effort } from '../conditions/effort.ts'
import { judged, type Memory } from '../consistency.ts'
import { accept, acceptContextual, type InForce } from '../in-force.ts'
import { type Tuple, type TupleKey, typeOf } from '../model.ts'
import type { Touched, Touches } from '../touched.ts'
import { questionFault } from '../tuple-rules.ts'
import { asksStore } from './asks.ts'

export const check = (memory: Memory) =>
  operation({
    id: 'relationships.check',
    summary: 'Check whether a user has a relation to an object.',
    audit: 'question',
    input: Check,
    output: answer(z.object({ allowed: z.boolean(), resolution: z.string() })),
    asks: asksStore('check'),
    reach: ({ principal }, input) =>
      judged(memory, input, {
        principal,
        touches: ({ touches }) => [touchedBy(touches, input)],
        judge: (by) => ({
          body: { allowed: checkOne(by, input), resolution: '' },
          position: memory.relationships.position,
        }),
      }),
  })

/** What a check can touch, before it is known whether it can be asked at all. */
export const touchedBy = (touches: Touches, { tuple_key: { object, relation } }: { tuple_key: TupleKey }): Touched =>
  touches(typeOf(object), relation)

export function checkOne(
  by: InForce,
  {
    tuple_key,
    contextual_tuples,
    context,
    spending,
  }: { tuple_key: TupleKey; contextual_tuples: readonly Tuple[]; context?: ConditionContext; spending?: Effort },
): boolean {
  accept(questionFault(by.model.types, tuple_key))
  acceptContextual(by, contextual_tuples)
  return checkTuple(by, tuple_key, { contextual: contextual_tuples, context, spending })
}
