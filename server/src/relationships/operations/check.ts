// Whether a user stands in a relation to an object.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { checkTuple } from '../answers.ts'
import { answer, Check } from '../bodies.ts'
import type { ConditionContext } from '../conditions/condition-definition.ts'
import type { Effort } from '../conditions/effort.ts'
import type { Memory } from '../consistency.ts'
import { accept, acceptContextual, type InForce, inForce } from '../in-force.ts'
import type { Tuple, TupleKey } from '../model.ts'
import { questionFault } from '../tuple-rules.ts'
import { asksStore } from './asks.ts'

export const check = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.check',
    summary: 'Check whether a user has a relation to an object.',
    audit: 'question',
    input: Check,
    output: answer(z.object({ allowed: z.boolean(), resolution: z.string() })),
    asks: asksStore('check'),
    async reach(_, input) {
      await caughtUp(input)
      const allowed = checkOne(inForce(relationships, input), input)
      return { body: { allowed, resolution: '' }, position: relationships.position }
    },
  })

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
