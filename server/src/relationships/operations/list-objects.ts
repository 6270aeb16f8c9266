// Every object of a type that a user stands in a relation to; complete, or refused; in pages where the question says so,
// or as lines. Long lists are made in slices, with turns for others in between.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { userFault } from '../models/tuple-rules.ts'
import { answer, ListObjects } from '../protocol/bodies.ts'
import { linesOf } from '../protocol/json-lines.ts'
import { relationNotFound, typeNotFound } from '../protocol/problems.ts'
import { objectsInSlices, objectsOf } from '../questions/object-lists.ts'
import { pageAsked, pageIn, pageOfObjects } from '../questions/object-pages.ts'
import { ObjectStream } from '../questions/object-stream.ts'
import { accept, acceptContextual, type ResolvedModel } from '../questions/resolved-model.ts'
import { type Scheduling, SlicedQuestion } from '../questions/sliced-question.ts'
import { inTurns } from '../questions/turns.ts'
import { asksStore } from './asks.ts'

export const listObjects = (given: Scheduling) =>
  operation({
    id: 'relationships.list-objects',
    summary: 'List every object a user has a relation to.',
    audit: 'question',
    input: ListObjects,
    output: answer(z.object({ objects: z.array(z.string()), continuation_token: z.string().optional() })),
    asks: asksStore('list-objects'),
    async reach({ principal }, input) {
      const { page_size, continuation_token } = input
      const sliced = new SlicedQuestion(given, input, {
        ...{ principal, readSets: readSetsOf(input) },
        begin(by) {
          const { question, assumed } = asked(by, input)
          const page = pageAsked(by, question, { page_size, continuation_token })
          const slices = objectsInSlices(by, question, assumed)
          if (slices) return { slices, page }
          return { body: pageOfObjects(by, { ...question, page_size, continuation_token }, assumed) }
        },
      })
      const made = await sliced.next((work, steps) => {
        if (!work.slices) return work
        const objects = work.slices.more(steps)
        return objects && { slices: pageIn(objects, work.page) }
      })
      const { position } = sliced
      if (!made.slices) return { body: made.body, position }
      // Names do not change: what was found is right at its position, however long it takes to say it.
      const body = await inTurns(made.slices, async () => {
        await given.turn()
        sliced.check()
      })
      return { body, position }
    },
  })

/** The same as lines, the first of them while others are still looked for. */
export const streamObjects = (given: Scheduling) =>
  operation({
    id: 'relationships.stream-objects',
    summary: 'List every object a user has a relation to, as lines.',
    audit: 'question',
    input: ListObjects,
    output: answer(z.undefined()),
    asks: asksStore('list-objects'),
    async reach({ principal }, input) {
      const sliced = new SlicedQuestion(given, input, {
        ...{ principal, readSets: readSetsOf(input) },
        begin(by) {
          const { question, assumed } = asked(by, input)
          return objectsInSlices(by, question, assumed) ?? objectsOf(by, question, assumed)
        },
      })
      const stream = new ObjectStream(sliced)
      const first = await stream.next()
      const lines = linesOf({
        first: first ?? [],
        next: () => stream.next(),
        check: () => sliced.check(),
        stop: () => sliced.stop(),
      })
      return { body: undefined, lines, position: sliced.position }
    },
  })

type Input = z.output<typeof ListObjects>

const readSetsOf =
  ({ type, relation }: Input) =>
  ({ readSets }: ResolvedModel['model']) => [readSets(type, relation)]

function asked(by: ResolvedModel, input: Input) {
  const { types } = by.model
  const { type, relation, user, contextual_tuples: contextual, context } = input
  acceptContextual(by, contextual)
  if (!types.has(type)) throw typeNotFound(type)
  if (!types.get(type)?.has(relation)) throw relationNotFound(type, relation)
  accept(userFault(types, user))
  return { question: { user, relation, type }, assumed: { contextual, context } }
}
