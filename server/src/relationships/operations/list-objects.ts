// Every object of a type that a user stands in a relation to; complete, or refused.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { answer, ListObjects } from '../bodies.ts'
import type { Memory } from '../consistency.ts'
import { accept, inForce, tuplesWith } from '../in-force.ts'
import { listObjects as list } from '../lists.ts'
import { relationNotFound, typeNotFound } from '../problems.ts'
import { userFault } from '../tuple-rules.ts'
import { asksStore } from './asks.ts'

export const listObjects = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.list-objects',
    summary: 'List every object a user has a relation to.',
    audit: 'question',
    input: ListObjects,
    output: answer(z.object({ objects: z.array(z.string()) })),
    asks: asksStore('list-objects'),
    async reach(_, input) {
      await caughtUp(input)
      const by = inForce(relationships, input)
      const { types } = by.model
      const { type, relation, user } = input
      const tuples = tuplesWith(by, input.contextual_tuples)
      if (!types.has(type)) throw typeNotFound(type)
      if (!types.get(type)?.has(relation)) throw relationNotFound(type, relation)
      accept(userFault(types, user))
      return { body: { objects: list({ types, tuples, type, relation, user }) }, position: relationships.position }
    },
  })
