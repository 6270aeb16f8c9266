// Every object of a type that a user stands in a relation to; complete, or refused; in pages where the question says so,
// or as lines. Long lists are made in slices, with turns for others in between.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { answer, ListObjects } from '../bodies.ts'
import { accept, acceptContextual, type InForce } from '../in-force.ts'
import { linesOf } from '../lines.ts'
import { objectsInSlices, objectsOf } from '../object-lists.ts'
import { pageAsked, pageIn, pageOfObjects } from '../object-pages.ts'
import { ObjectStream } from '../object-stream.ts'
import { relationNotFound, typeNotFound } from '../problems.ts'
import { userFault } from '../tuple-rules.ts'
import { inTurns } from '../turns.ts'
import { type InTurns, UnderWay } from '../under-way.ts'
import { asksStore } from './asks.ts'

export const listObjects = (given: InTurns) =>
  operation({
    id: 'relationships.list-objects',
    summary: 'List every object a user has a relation to.',
    audit: 'question',
    input: ListObjects,
    output: answer(z.object({ objects: z.array(z.string()), continuation_token: z.string().optional() })),
    asks: asksStore('list-objects'),
    async reach({ principal }, input) {
      const { page_size, continuation_token } = input
      const underWay = new UnderWay(given, input, {
        ...{ principal, touches: touching(input) },
        begin(by) {
          const { question, assumed } = asked(by, input)
          const page = pageAsked(by, question, { page_size, continuation_token })
          const slices = objectsInSlices(by, question, assumed)
          if (slices) return { slices, page }
          return { body: pageOfObjects(by, { ...question, page_size, continuation_token }, assumed) }
        },
      })
      const made = await underWay.next((work, steps) => {
        if (!work.slices) return work
        const objects = work.slices.more(steps)
        return objects && { slices: pageIn(objects, work.page) }
      })
      const { position } = underWay
      if (!made.slices) return { body: made.body, position }
      // Names do not change: what was found is right at its position, however long it takes to say it.
      const body = await inTurns(made.slices, async () => {
        await given.turn()
        underWay.check()
      })
      return { body, position }
    },
  })

/** The same as lines, the first of them while others are still looked for. */
export const streamObjects = (given: InTurns) =>
  operation({
    id: 'relationships.stream-objects',
    summary: 'List every object a user has a relation to, as lines.',
    audit: 'question',
    input: ListObjects,
    output: answer(z.undefined()),
    asks: asksStore('list-objects'),
    async reach({ principal }, input) {
      const underWay = new UnderWay(given, input, {
        ...{ principal, touches: touching(input) },
        begin(by) {
          const { question, assumed } = asked(by, input)
          return objectsInSlices(by, question, assumed) ?? objectsOf(by, question, assumed)
        },
      })
      const stream = new ObjectStream(underWay)
      const first = await stream.next()
      const lines = linesOf({
        first: first ?? [],
        next: () => stream.next(),
        check: () => underWay.check(),
        stop: () => underWay.stop(),
      })
      return { body: undefined, lines, position: underWay.position }
    },
  })

type Input = z.output<typeof ListObjects>

const touching =
  ({ type, relation }: Input) =>
  ({ touches }: InForce['model']) => [touches(type, relation)]

function asked(by: InForce, input: Input) {
  const { types } = by.model
  const { type, relation, user, contextual_tuples: contextual, context } = input
  acceptContextual(by, contextual)
  if (!types.has(type)) throw typeNotFound(type)
  if (!types.get(type)?.has(relation)) throw relationNotFound(type, relation)
  accept(userFault(types, user))
  return { question: { user, relation, type }, assumed: { contextual, context } }
}
