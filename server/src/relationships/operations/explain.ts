// Why a check is answered as it is, for people who ask. Ours, beside OpenFGA's API.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { answer, Check } from '../bodies.ts'
import type { Memory } from '../consistency.ts'
import { explain as account } from '../explain.ts'
import { accept, acceptContextual, inForce } from '../in-force.ts'
import { questionFault } from '../tuple-rules.ts'
import { asksStore } from './asks.ts'

export const explain = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.explain',
    summary: 'Explain why a user has a relation to an object, or has not.',
    audit: 'question',
    input: Check,
    output: answer(z.object({ allowed: z.boolean(), path: z.array(z.string()), missing: z.array(z.string()) })),
    asks: asksStore('explain'),
    async reach(_, input) {
      await caughtUp(input)
      const by = inForce(relationships, input)
      accept(questionFault(by.model.types, input.tuple_key))
      acceptContextual(by, input.contextual_tuples)
      const { contextual_tuples: contextual, context } = input
      return { body: account(by, input.tuple_key, { contextual, context }), position: relationships.position }
    },
  })
