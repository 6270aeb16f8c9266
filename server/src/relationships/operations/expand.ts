// One level of a relation as a tree, for people who ask why.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { typeOf } from '../model.ts'
import { targetFault } from '../models/tuple-rules.ts'
import { answer, Expand } from '../protocol/bodies.ts'
import { Refusal } from '../protocol/problems.ts'
import { judged, type Memory } from '../questions/consistency.ts'
import { expand as tree } from '../questions/expansion.ts'
import { accept, acceptContextual } from '../questions/resolved-model.ts'
import { asksStore } from './asks.ts'

export const expand = (memory: Memory) =>
  operation({
    id: 'relationships.expand',
    summary: 'Expand a relation into its tree of usersets.',
    audit: 'question',
    input: Expand,
    output: answer(z.object({ tree: z.object({ root: z.unknown() }) })),
    asks: asksStore('expand'),
    async reach({ principal }, input) {
      const { object, relation } = input.tuple_key
      if (object === '' || relation === '')
        throw new Refusal('invalid_expand_input', 'Invalid input. Make sure you provide an object and a relation')
      return judged(memory, input, {
        principal,
        readSets: ({ readSets }) => [readSets(typeOf(object), relation)],
        judge(by) {
          accept(targetFault(by.model.types, object, relation))
          acceptContextual(by, input.contextual_tuples)
          const root = tree(by, { object, relation }, input.contextual_tuples)
          return { body: { tree: { root } }, position: memory.relationships.position }
        },
      })
    },
  })
