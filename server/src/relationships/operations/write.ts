// Writes and deletes tuples, all or none.
import { z } from 'zod'
import { canonical } from '../../kernel/canonical.ts'
import { operation } from '../../pipeline/index.ts'
import type { Transaction } from '../../platform/database/index.ts'
import type { Tuple, TupleKey } from '../model.ts'
import { faultOf, nameOf, rulesOf, tupleFault } from '../models/tuple-rules.ts'
import { answer, WriteTuples } from '../protocol/bodies.ts'
import { exceeded, modelNotFound, noModel, Refusal, storeNotFound } from '../protocol/problems.ts'
import { deleteTuples, findModel, findTuples, holdStore, insertTuples, recordWrite } from '../store.ts'
import { asksStore } from './asks.ts'

const TUPLES_LIMIT = 100

export const write = operation({
  id: 'relationships.write',
  summary: 'Write and delete relationships in one transaction.',
  audit: 'act',
  input: WriteTuples,
  output: answer(z.object({})),
  asks: asksStore('write'),
  prepare(_, { writes, deletes }) {
    const tuples = { writes: writes?.tuple_keys ?? [], deletes: deletes?.tuple_keys ?? [] }
    checkTogether([...tuples.deletes, ...tuples.writes])
    return tuples
  },
  async run({ tx, prepared, note }, { store_id, authorization_model_id, ...options }) {
    if (!(await holdStore(tx, store_id))) throw storeNotFound()
    if (prepared.writes.length > 0) {
      const model = await modelInForce(tx, store_id, authorization_model_id)
      for (const tuple of prepared.writes) {
        const fault = tupleFault(model, tuple)
        if (fault) throw new Refusal('validation_error', faultOf(tuple, fault))
      }
    }
    const deletes = await deleteTuples(tx, store_id, prepared.deletes)
    if (options.deletes?.on_missing !== 'ignore') refuseRest('delete', prepared.deletes, deletes)
    const writes = await insertTuples(tx, store_id, prepared.writes)
    if (options.writes?.on_duplicate !== 'ignore') refuseRest('write', prepared.writes, writes)
    else await refuseOthers(tx, store_id, restOf(prepared.writes, writes))
    await recordWrite(tx, store_id, { writes, deletes })
    note({ writes: writes.length, deletes: deletes.length })
    return { body: {} }
  },
})

function checkTogether(tuples: readonly TupleKey[]): void {
  if (tuples.length === 0)
    throw new Refusal(
      'invalid_write_input',
      'Invalid input. Make sure you provide at least one write, or at least one delete',
    )
  if (tuples.length > TUPLES_LIMIT) throw exceeded('write operations', TUPLES_LIMIT)
  const seen = new Set<string>()
  for (const tuple of tuples) {
    const name = nameOf(tuple)
    if (seen.has(name))
      throw new Refusal('cannot_allow_duplicate_tuples_in_one_request', `duplicate tuple in write: ${fieldsOf(tuple)}`)
    seen.add(name)
  }
}

// From the transaction, not from memory: another replica may have just written the model.
async function modelInForce(tx: Transaction, store: string, id: string | undefined) {
  const model = await findModel(tx, store, id)
  if (!model) throw id === undefined ? noModel(store) : modelNotFound(id)
  return rulesOf(model.body)
}

const restOf = (wanted: readonly Tuple[], done: readonly TupleKey[]): Tuple[] => {
  const names = new Set(done.map(nameOf))
  return wanted.filter((tuple) => !names.has(nameOf(tuple)))
}

// What is there already is only the same where its condition is.
async function refuseOthers(tx: Transaction, store: string, wanted: readonly Tuple[]): Promise<void> {
  const there = new Map((await findTuples(tx, store, wanted)).map((tuple) => [nameOf(tuple), tuple]))
  const other = wanted.find(
    (tuple) => canonical(tuple.condition ?? null) !== canonical(there.get(nameOf(tuple))?.condition ?? null),
  )
  if (other)
    throw new Refusal(
      'Aborted',
      `attempted to write a tuple which already exists with a different condition: ${fieldsOf(other)}`,
    )
}

function refuseRest(verb: 'write' | 'delete', wanted: readonly TupleKey[], done: readonly TupleKey[]): void {
  if (done.length === wanted.length) return
  const [rest] = restOf(wanted, done)
  if (!rest) return
  const reason = verb === 'write' ? 'write a tuple which already exists' : 'delete a tuple which does not exist'
  throw new Refusal('write_failed_due_to_invalid_input', `cannot ${reason}: ${fieldsOf(rest)}`)
}

const fieldsOf = ({ user, relation, object }: TupleKey): string =>
  `user: '${user}', relation: '${relation}', object: '${object}'`
