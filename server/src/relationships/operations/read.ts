// Reads tuples as they were written, without evaluating anything.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { answer, TupleConditionBody as ConditionBody, ReadTuples } from '../protocol/bodies.ts'
import { page, readToken } from '../protocol/pages.ts'
import { Refusal } from '../protocol/problems.ts'
import type { Memory } from '../questions/consistency.ts'
import { storeOf } from '../questions/resolved-model.ts'
import { readTuples, type TupleFilter } from '../store.ts'
import { asksStore } from './asks.ts'

const Key = z.object({ user: z.string(), relation: z.string(), object: z.string() })
const TupleBody = Key.extend({ condition: ConditionBody.optional() })

export const read = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.read',
    summary: 'Read relationships.',
    audit: 'read',
    input: ReadTuples,
    output: answer(
      z.object({
        tuples: z.array(z.object({ key: TupleBody, timestamp: z.string() })),
        continuation_token: z.string(),
      }),
    ),
    asks: asksStore('read'),
    async prepare(_, input) {
      const filter = input.tuple_key ?? {}
      if (input.tuple_key) checkFilter(filter)
      const after = readToken(listOf(input.store_id, filter), Key, input.continuation_token)
      await caughtUp(input)
      storeOf(relationships, input.store_id)
      // The rows are read later than this position and hold at least what it holds.
      return { filter, after, position: relationships.position }
    },
    async run({ tx, prepared: { filter, after, position } }, { store_id, page_size }) {
      const rows = await readTuples(tx, { store: store_id, filter, after, limit: page_size + 1 })
      const { items, continuation_token } = page(listOf(store_id, filter), rows, {
        size: page_size,
        keyOf: ({ written_at: _, condition: __, ...key }) => key,
      })
      const tuples = items.map(({ written_at, condition, ...key }) => ({
        key: { ...key, ...(condition && { condition }) },
        timestamp: written_at.toISOString(),
      }))
      return { body: { tuples, continuation_token }, position }
    },
  })

const listOf = (store: string, { object, relation, user }: TupleFilter) => ['read', store, object, relation, user]

// Upstream's rule: a filter names an object, or the type of objects together with a user.
function checkFilter({ object, user }: TupleFilter): void {
  if (object && /^[^:#\s]+:[^:#\s]*$/.test(object) && (!object.endsWith(':') || user)) return
  throw new Refusal(
    'validation_error',
    "the 'tuple_key' field was provided but the object type field is required and both the object id and user cannot be empty",
  )
}
