// For tests of what is in memory: stores written straight to the database, and questions put as the operations put them.
import assert from 'node:assert/strict'
import { ulid } from 'ulid'
import { nobody } from '../../pipeline/index.ts'
import type { Database, Transaction } from '../../platform/database/index.ts'
import type { ConditionContext } from '../conditions/condition-definition.ts'
import { type ModelBody, type Tuple, type TupleKey, typeOf } from '../model.ts'
import { Refusal } from '../protocol/problems.ts'
import { checkTuple, usersOf } from '../questions/answers.ts'
import { type Awaited, judged, type Memory } from '../questions/consistency.ts'
import { objectsInSlices, objectsOf } from '../questions/object-lists.ts'
import { type Listed, ObjectStream } from '../questions/object-stream.ts'
import { SlicedQuestion } from '../questions/sliced-question.ts'
import { turns } from '../questions/turns.ts'
import { deleteTuples, insertModel, insertStore, insertTuples, recordWrite } from '../store.ts'
import { tuple } from './models.ts'

/** Position of what `work` committed. */
export async function commit(database: Database, work: (tx: Transaction) => Promise<unknown>): Promise<number> {
  let position = 0
  await database.transaction(async (tx) => {
    tx.committed((at = 0) => {
      position = at
    })
    await work(tx)
  })
  return position
}

const read = (one: string | Tuple): Tuple => (typeof one === 'string' ? tuple(one) : one)

/** Deletes, then writes; what is there already is not written again. */
export const change = (
  database: Database,
  store: string,
  { writes = [], deletes = [] }: { writes?: readonly (string | Tuple)[]; deletes?: readonly (string | Tuple)[] },
): Promise<number> =>
  commit(database, async (tx) => {
    const keys = deletes.map(read).map(({ object, relation, user }): TupleKey => ({ object, relation, user }))
    await recordWrite(tx, store, {
      deletes: await deleteTuples(tx, store, keys),
      writes: await insertTuples(tx, store, writes.map(read)),
    })
  })

export async function freshStore(database: Database, body: ModelBody, written: readonly (string | Tuple)[] = []) {
  const id = ulid()
  await commit(database, (tx) => insertStore(tx, { id, name: 'memory' }))
  await commit(database, (tx) => insertModel(tx, id, { id: ulid(), body }))
  if (written.length > 0) await change(database, id, { writes: written })
  return id
}

interface Assumed {
  contextual?: readonly Tuple[]
  context?: ConditionContext
}

/** What cannot be judged is an answer too, and has a position. */
function orFault<T>(judge: () => T): T | 'fault' {
  try {
    return judge()
  } catch (error) {
    if (error instanceof Refusal && error.refusal === 'validation_error') return 'fault'
    throw error
  }
}

/** Questions of one store, each answered with the position it holds for. */
export function askingIn(memory: Memory, store_id: string) {
  const at = async <T>(
    touched: readonly [type: string, relation: string],
    judge: (by: Parameters<typeof checkTuple>[0]) => T,
    awaited: Partial<Awaited> = {},
  ): Promise<{ answer: T | 'fault'; position: number; model: string }> => {
    return judged(
      memory,
      { store_id, consistency: 'UNSPECIFIED', ...awaited },
      {
        principal: nobody,
        readSets: ({ readSets }) => [readSets(...touched)],
        judge: (by) => ({
          answer: orFault(() => judge(by)),
          position: memory.relationships.position,
          model: by.model.id,
        }),
      },
    )
  }
  return {
    async check(question: string, awaited?: Partial<Awaited>): Promise<boolean> {
      const { object, relation } = tuple(question)
      const judge = (by: Parameters<typeof checkTuple>[0]) => checkTuple(by, tuple(question), { contextual: [] })
      const { answer } = await at([typeOf(object), relation], judge, awaited)
      assert.notEqual(answer, 'fault')
      return answer === true
    },
    checkAt: (key: TupleKey, { contextual = [], context }: Assumed = {}) =>
      at([typeOf(key.object), key.relation], (by) => checkTuple(by, key, { contextual, context })),
    objectsAt: (type: string, relation: string, user: string, { contextual = [], context }: Assumed = {}) =>
      at([type, relation], (by) => objectsOf(by, { type, relation, user }, { contextual, context }).sort()),
    /** A list as it is streamed, in parts that each have a position; then how it ended. */
    async *partsOf(type: string, relation: string, user: string, context?: ConditionContext) {
      const sliced = new SlicedQuestion<Listed>(
        { memory, turn: turns(), steps: 2 },
        { store_id, consistency: 'UNSPECIFIED' },
        {
          principal: nobody,
          readSets: ({ readSets }) => [readSets(type, relation)],
          begin(by) {
            model = by.model.id
            const assumed = { contextual: [], context }
            return (
              objectsInSlices(by, { type, relation, user }, assumed) ?? objectsOf(by, { type, relation, user }, assumed)
            )
          },
        },
      )
      let model = ''
      const stream = new ObjectStream(sliced, 1)
      for (let part = await stream.next(); part; part = await stream.next())
        yield { part, position: sliced.position, model }
      return { position: sliced.position, model }
    },
    usersAt: (object: string, relation: string, filter: { type: string; relation?: string }, given: Assumed = {}) =>
      at([typeOf(object), relation], (by) =>
        usersOf(by, { object, relation, filter }, { contextual: given.contextual ?? [], context: given.context }),
      ),
  }
}
