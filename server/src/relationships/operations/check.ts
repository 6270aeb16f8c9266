// Whether a user stands in a relation to an object.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import type { ConditionContext } from '../conditions/condition-definition.ts'
import type { Effort } from '../conditions/effort.ts'
import { type Tuple, type TupleKey, typeOf } from '../model.ts'
import type { ReadSet, ReadSets } from '../models/read-sets.ts'
import { questionFault } from '../models/tuple-rules.ts'
import { answer } from '../protocol/bodies.ts'
import { Check } from '../protocol/plain-check.ts'
import { checkTuple } from '../questions/answers.ts'
import { judged, type Memory } from '../questions/consistency.ts'
import { accept, acceptContextual, type ResolvedModel } from '../questions/resolved-model.ts'
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
        readSets: ({ readSets }) => [readSetOf(readSets, input)],
        judge: (by) => ({
          body: { allowed: checkOne(by, input), resolution: '' },
          position: memory.relationships.position,
        }),
      }),
  })

/** What a check can touch, before it is known whether it can be asked at all. */
export const readSetOf = (readSets: ReadSets, { tuple_key: { object, relation } }: { tuple_key: TupleKey }): ReadSet =>
  readSets(typeOf(object), relation)

export function checkOne(
  by: ResolvedModel,
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
