// What the authors of a model expect of it: kept for them, and asked by nobody here.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { faultOf, questionFault, rulesOf, tupleFault } from '../models/tuple-rules.ts'
import { answer, NamedAssertions, NewAssertions } from '../protocol/bodies.ts'
import { modelNotFound, storeNotFound } from '../protocol/problems.ts'
import type { Memory } from '../questions/consistency.ts'
import { accept, resolveModel } from '../questions/resolved-model.ts'
import { findAssertions, findModel, holdStore, putAssertions } from '../store.ts'
import { asksStore } from './asks.ts'

const ASSERTIONS_BYTES = 64 * 1024

export const writeAssertions = operation({
  id: 'relationships.write-assertions',
  summary: 'Keep what a model is expected to answer.',
  audit: 'act',
  input: NewAssertions,
  output: answer(z.undefined()),
  asks: asksStore('write-assertions'),
  async run({ tx }, { store_id, model_id, assertions }) {
    if (!(await holdStore(tx, store_id))) throw storeNotFound()
    const model = await findModel(tx, store_id, model_id)
    if (!model) throw modelNotFound(model_id)
    const rules = rulesOf(model.body)
    for (const { tuple_key, contextual_tuples } of assertions) {
      accept(questionFault(rules.types, tuple_key))
      for (const tuple of contextual_tuples ?? []) {
        const fault = tupleFault(rules, tuple)
        accept(fault && faultOf(tuple, fault))
      }
    }
    if (Buffer.byteLength(JSON.stringify(assertions)) > ASSERTIONS_BYTES)
      accept(`assertions have more than ${ASSERTIONS_BYTES} bytes`)
    await putAssertions(tx, { store: store_id, model: model_id, body: assertions })
    return { body: undefined, status: 204 }
  },
})

export const readAssertions = ({ relationships, caughtUp }: Memory) =>
  operation({
    id: 'relationships.read-assertions',
    summary: 'Read what a model is expected to answer.',
    audit: 'read',
    input: NamedAssertions,
    output: answer(z.object({ authorization_model_id: z.string(), assertions: z.array(z.unknown()) })),
    asks: asksStore('read-assertions'),
    async prepare(_, input) {
      await caughtUp(input)
      resolveModel(relationships, { store_id: input.store_id, authorization_model_id: input.model_id })
      return { position: relationships.position }
    },
    async run({ tx, prepared: { position } }, { store_id, model_id }) {
      const found = await findAssertions(tx, store_id, model_id)
      const assertions = (found?.body ?? []) as unknown[]
      return { body: { authorization_model_id: model_id, assertions }, position }
    },
  })
