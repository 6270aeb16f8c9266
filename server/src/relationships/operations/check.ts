// Whether a user stands in a relation to an object.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { answer, Check } from '../bodies.ts'
import type { Memory } from '../consistency.ts'
import { check as evaluate } from '../evaluate.ts'
import { accept, type InForce, inForce, tuplesWith } from '../in-force.ts'
import type { TupleKey } from '../model.ts'
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
  { tuple_key, contextual_tuples }: { tuple_key: TupleKey; contextual_tuples: readonly TupleKey[] },
): boolean {
  const { types } = by.model
  accept(questionFault(types, tuple_key))
  return evaluate({ types, tuples: tuplesWith(by, contextual_tuples), ...tuple_key })
}
