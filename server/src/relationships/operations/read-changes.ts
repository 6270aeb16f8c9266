// What was written and deleted in a store, in order, for followers outside.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { answer, ReadChanges, TupleConditionBody } from '../protocol/bodies.ts'
import { readToken, tokenAfter } from '../protocol/pages.ts'
import { Refusal } from '../protocol/problems.ts'
import type { Memory } from '../questions/consistency.ts'
import { storeOf } from '../questions/resolved-model.ts'
import { readTupleChanges } from '../store.ts'
import { asksStore } from './asks.ts'

// The type is in the token itself: that it is another one has a refusal of its own.
const listOf = (store: string) => ['changes', store]
const Last = z.object({ n: z.number().int().min(0), type: z.string() })
const Change = z.object({
  tuple_key: z.object({
    ...{ user: z.string(), relation: z.string(), object: z.string() },
    condition: TupleConditionBody.optional(),
  }),
  operation: z.enum(['TUPLE_OPERATION_WRITE', 'TUPLE_OPERATION_DELETE']),
  timestamp: z.string(),
})

export const readChanges = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.read-changes',
    summary: 'Read what was written and deleted, in order.',
    audit: 'read',
    input: ReadChanges,
    output: answer(z.object({ changes: z.array(Change), continuation_token: z.string() })),
    asks: asksStore('read-changes'),
    async prepare(_, input) {
      const last = readToken(listOf(input.store_id), Last, input.continuation_token)
      if (last && last.type !== (input.type ?? ''))
        throw new Refusal(
          'query_string_type_continuation_token_mismatch',
          "The type in the querystring and the continuation token don't match",
        )
      await caughtUp(input)
      storeOf(relationships, input.store_id)
      return { after: last?.n ?? 0, position: relationships.position }
    },
    async run({ tx, prepared: { after, position } }, { store_id, type, start_time, page_size, continuation_token }) {
      const rows = await readTupleChanges(tx, { store: store_id, type, since: start_time, after, limit: page_size })
      const last = rows.at(-1)
      const changes = rows.map(({ user, relation, object, condition, operation, at }) => ({
        tuple_key: { user, relation, object, ...(condition && { condition }) },
        operation: operation === 'write' ? ('TUPLE_OPERATION_WRITE' as const) : ('TUPLE_OPERATION_DELETE' as const),
        timestamp: at.toISOString(),
      }))
      // A token also at the end: it is where the follower asks on from later.
      const next = last ? tokenAfter(listOf(store_id), { n: last.n, type: type ?? '' }) : continuation_token
      return { body: { changes, continuation_token: next }, position }
    },
  })
