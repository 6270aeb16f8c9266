// Every object of a type that a user stands in a relation to; complete, or refused; in pages where the question says so.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { objectsOf } from '../answers.ts'
import { answer, ListObjects } from '../bodies.ts'
import { judged, type Memory } from '../consistency.ts'
import { accept, acceptContextual, type InForce } from '../in-force.ts'
import { pageOfObjects } from '../object-pages.ts'
import { relationNotFound, typeNotFound } from '../problems.ts'
import { userFault } from '../tuple-rules.ts'
import { asksStore } from './asks.ts'

export const listObjects = (memory: Memory) =>
  operation({
    id: 'relationships.list-objects',
    summary: 'List every object a user has a relation to.',
    audit: 'question',
    input: ListObjects,
    output: answer(z.object({ objects: z.array(z.string()), continuation_token: z.string().optional() })),
    asks: asksStore('list-objects'),
    reach: ({ principal }, input) =>
      judged(memory, input, {
        principal,
        touches: ({ touches }) => [touches(input.type, input.relation)],
        judge(by) {
          const { question, assumed } = asked(by, input)
          const { page_size, continuation_token } = input
          const body = pageOfObjects(by, { ...question, page_size, continuation_token }, assumed)
          return { body, position: memory.relationships.position }
        },
      }),
  })

/** The same, sent object by object. */
export const streamObjects = (memory: Memory) =>
  operation({
    id: 'relationships.stream-objects',
    summary: 'List every object a user has a relation to, as lines.',
    audit: 'question',
    input: ListObjects,
    output: answer(z.undefined()),
    asks: asksStore('list-objects'),
    reach: ({ principal }, input) =>
      judged(memory, input, {
        principal,
        touches: ({ touches }) => [touches(input.type, input.relation)],
        judge(by) {
          const { question, assumed } = asked(by, input)
          const lines = objectsOf(by, question, assumed).map((object) => ({ result: { object } }))
          return { body: undefined, lines, position: memory.relationships.position }
        },
      }),
  })

function asked(by: InForce, input: z.output<typeof ListObjects>) {
  const { types } = by.model
  const { type, relation, user, contextual_tuples: contextual, context } = input
  acceptContextual(by, contextual)
  if (!types.has(type)) throw typeNotFound(type)
  if (!types.get(type)?.has(relation)) throw relationNotFound(type, relation)
  accept(userFault(types, user))
  return { question: { user, relation, type }, assumed: { contextual, context } }
}
