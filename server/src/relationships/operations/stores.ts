// Stores: each holds its own models and tuples.
import { ulid } from 'ulid'
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { answer, InStore, ListStores, NewStore, StoreId } from '../protocol/bodies.ts'
import { LastId, page, readToken } from '../protocol/pages.ts'
import type { Memory } from '../questions/consistency.ts'
import { storeOf } from '../questions/resolved-model.ts'
import * as rows from '../store.ts'
import { asksStore } from './asks.ts'

const StoreBody = z.object({ id: z.string(), name: z.string(), created_at: z.string(), updated_at: z.string() })

const listOf = (name: string | undefined) => ['stores', name]

const storeBody = ({ id, name, created_at }: { id: string; name: string; created_at: string }) => ({
  id,
  name,
  created_at,
  updated_at: created_at,
})

export const createStore = operation({
  id: 'relationships.create-store',
  summary: 'Create a store for models and relationships.',
  audit: 'act',
  input: NewStore,
  output: answer(StoreBody),
  asks: () => [{ action: 'create', resource: 'fga-stores' }],
  async run({ tx, now }, { name }) {
    const { created_at, ...row } = await rows.insertStore(tx, { id: ulid(now), name })
    return { body: storeBody({ ...row, created_at: created_at.toISOString() }), status: 201 }
  },
})

export const listStores = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.list-stores',
    summary: 'List stores.',
    audit: 'read',
    input: ListStores,
    output: answer(z.object({ stores: z.array(StoreBody), continuation_token: z.string() })),
    asks: () => [{ action: 'read', resource: 'fga-stores' }],
    async reach(_, input) {
      const after = readToken(listOf(input.name), LastId, input.continuation_token) ?? ''
      await caughtUp(input)
      const found = relationships
        .stores()
        .filter(({ id, name }) => id > after && (input.name === undefined || name === input.name))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
      const { items, continuation_token } = page(listOf(input.name), found, {
        size: input.page_size,
        keyOf: ({ id }) => id,
      })
      return { body: { stores: items.map(storeBody), continuation_token }, position: relationships.position }
    },
  })

export const getStore = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.get-store',
    summary: 'Read one store.',
    audit: 'read',
    input: InStore,
    output: answer(StoreBody),
    asks: asksStore('read'),
    async reach(_, input) {
      await caughtUp(input)
      return { body: storeBody(storeOf(relationships, input.store_id)), position: relationships.position }
    },
  })

/** Deleting what is not there is done already, as upstream. */
export const deleteStore = operation({
  id: 'relationships.delete-store',
  summary: 'Delete a store with its models and relationships.',
  audit: 'act',
  input: z.object({ store_id: StoreId }),
  output: answer(z.undefined()),
  asks: asksStore('delete'),
  async run({ tx }, { store_id }) {
    await rows.deleteStore(tx, store_id)
    return { body: undefined, status: 204 }
  },
})
