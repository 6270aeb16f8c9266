// Authorization models: written once, never changed, the newest in force where a request names none.
import { decodeTime, ulid } from 'ulid'
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import type { Transaction } from '../../platform/database/index.ts'
import type { Model } from '../cache/tuples.ts'
import { modelOf } from '../models/valid-model.ts'
import { answer, ListModels, NamedModel, NewModel } from '../protocol/bodies.ts'
import { LastId, page, readToken } from '../protocol/pages.ts'
import { exceeded, modelNotFound, storeNotFound } from '../protocol/problems.ts'
import type { Memory } from '../questions/consistency.ts'
import { storeOf } from '../questions/resolved-model.ts'
import { countNames, findModel, holdStore, insertModel } from '../store.ts'
import { asksStore } from './asks.ts'

const ModelReply = z.object({
  id: z.string(),
  schema_version: z.string(),
  type_definitions: z.array(z.unknown()),
  conditions: z.record(z.string(), z.unknown()),
})

const listOf = (store: string) => ['models', store]

const modelReply = ({ id, body }: Model) => ({
  id,
  schema_version: body.schema_version,
  type_definitions: [...body.type_definitions],
  conditions: { ...body.conditions },
})

export const writeModel = operation({
  id: 'relationships.write-model',
  summary: 'Write an authorization model.',
  audit: 'act',
  input: NewModel,
  output: answer(z.object({ authorization_model_id: z.string() })),
  asks: asksStore('write-model'),
  prepare: (_, input) => modelOf(input),
  async run({ tx, now, prepared: body }, { store_id }) {
    if (!(await holdStore(tx, store_id))) throw storeNotFound()
    const before = await findModel(tx, store_id)
    // The newest model is the greatest id, also where replicas' clocks differ.
    const id = ulid(before ? Math.max(now, decodeTime(before.id) + 1) : now)
    await insertModel(tx, store_id, { id, body })
    await mustBeNumbered(tx, store_id)
    return { body: { authorization_model_id: id }, status: 201 }
  },
})

/** Names have numbers in memory, which are not given back: far below where these end, but more than models use. */
const NAMES_LIMIT = 20_000
/** So many models cannot have more names than that, however small each name is. */
const FEW = 4

async function mustBeNumbered(tx: Transaction, store: string): Promise<void> {
  const { models, names } = await countNames(tx, store)
  if (models > FEW && (await names()) > NAMES_LIMIT)
    throw exceeded('types or relations in all models of a store', NAMES_LIMIT)
}

export const listModels = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.list-models',
    summary: 'List the models of a store, newest first.',
    audit: 'read',
    input: ListModels,
    output: answer(z.object({ authorization_models: z.array(ModelReply), continuation_token: z.string() })),
    asks: asksStore('read-models'),
    async reach(_, input) {
      const before = readToken(listOf(input.store_id), LastId, input.continuation_token)
      await caughtUp(input)
      const found = [...storeOf(relationships, input.store_id).models.values()]
        .filter(({ id }) => before === undefined || id < before)
        .sort((a, b) => (a.id > b.id ? -1 : 1))
      const { items, continuation_token } = page(listOf(input.store_id), found, {
        size: input.page_size,
        keyOf: ({ id }) => id,
      })
      return {
        body: { authorization_models: items.map(modelReply), continuation_token },
        position: relationships.position,
      }
    },
  })

export const readModel = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.read-model',
    summary: 'Read one model.',
    audit: 'read',
    input: NamedModel,
    output: answer(z.object({ authorization_model: ModelReply })),
    asks: asksStore('read-models'),
    async reach(_, input) {
      await caughtUp(input)
      const model = storeOf(relationships, input.store_id).models.get(input.id)
      if (!model) throw modelNotFound(input.id)
      return { body: { authorization_model: modelReply(model) }, position: relationships.position }
    },
  })
