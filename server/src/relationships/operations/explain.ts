// Why a check is answered as it is, for people who ask. Ours, beside OpenFGA's API.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { questionFault } from '../models/tuple-rules.ts'
import { answer } from '../protocol/bodies.ts'
import { Check } from '../protocol/plain-check.ts'
import { judged, type Memory } from '../questions/consistency.ts'
import { explain as account } from '../questions/explanation.ts'
import { accept, acceptContextual } from '../questions/resolved-model.ts'
import { asksStore } from './asks.ts'
import { readSetOf } from './check.ts'

export const explain = (memory: Memory) =>
  operation({
    id: 'relationships.explain',
    summary: 'Explain why a user has a relation to an object, or has not.',
    audit: 'question',
    input: Check,
    output: answer(z.object({ allowed: z.boolean(), path: z.array(z.string()), missing: z.array(z.string()) })),
    asks: asksStore('explain'),
    reach: ({ principal }, input) =>
      judged(memory, input, {
        principal,
        readSets: ({ readSets }) => [readSetOf(readSets, input)],
        judge(by) {
          accept(questionFault(by.model.types, input.tuple_key))
          acceptContextual(by, input.contextual_tuples)
          const { contextual_tuples: contextual, context } = input
          const body = account(by, input.tuple_key, { contextual, context })
          return { body, position: memory.relationships.position }
        },
      }),
  })
