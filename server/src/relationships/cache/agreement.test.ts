// What is loaded and put out all the time, under writes, answers as the naive evaluator does at the position it names.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { ulid } from 'ulid'
import type { Database } from '../../platform/database/index.ts'
import {
  anotherPool,
  CHANGE_LOG,
  eachDatabase,
  type TestDatabase,
  testDatabase,
} from '../../platform/database/test-database.ts'
import { migrationsOf } from '../../platform/stored-data.ts'
import type { ConditionContext } from '../conditions/condition-definition.ts'
import { relationshipsRoom } from '../index.ts'
import type { ModelBody, Tuple } from '../model.ts'
import { nameOf, rulesOf, tupleFault } from '../models/tuple-rules.ts'
import { Refusal } from '../protocol/problems.ts'
import { deleteStore, insertModel } from '../store.ts'
import { askingIn, change, commit, freshStore } from '../testing/memory.ts'
import { type Answer, naive } from '../testing/naive-evaluator.ts'
import { ASKERS, contexts, models, OBJECTS, PREDICATES, RELATIONS, tuples } from '../testing/random-models.ts'
import { followOn } from '../testing/server.ts'

const WORLDS = 4
const STORES = 3
const WRITES = 50
const ANSWERS_PER_WRITE = 3
const SEED = Number(process.env.SEED ?? 0) || Math.floor(Math.random() * 2 ** 31)
/** Next to nothing, so that each question puts out others; and what holds one store or some of its types. */
const LIMITS = [1, 9_300]

interface World {
  body: ModelBody
  later: ModelBody
  pool: Tuple[]
  context: ConditionContext
  chances: number[]
}
/** What was committed to a store, by position. */
type Happened = { position: number } & ({ writes: Tuple[]; deletes: Tuple[] } | { model: string; body: ModelBody })
interface Answered {
  store: string
  position: number
  model: string
  question: string
  wanted(plain: ReturnType<typeof naive>, world: readonly Tuple[]): unknown
  given: unknown
  contextual: readonly Tuple[]
}

const worlds: fc.Arbitrary<World> = fc.tuple(models, models).chain(([body, later]) =>
  fc.record({
    ...{ body: fc.constant(body), later: fc.constant(later), pool: tuples(body, 26), context: contexts },
    chances: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
  }),
)

eachDatabase('relationships with next to no memory', (kind) => {
  let compiled: TestDatabase
  const cleanUp: (() => Promise<unknown>)[] = []
  before(async () => {
    compiled = await testDatabase({ kind, migrations: [CHANGE_LOG, ...migrationsOf([relationshipsRoom])] })
  })
  after(async () => {
    for (const clean of cleanUp.reverse()) await clean()
    await compiled?.close()
  })

  async function replica(limit: number) {
    const { url } = compiled
    const database = url === undefined ? compiled.database : await anotherPool(url)
    if (url !== undefined) cleanUp.push(() => database.close())
    // Eight rows a read: every load has several places in which something can happen.
    const made = followOn(database, { limit, atOnce: 8 })
    await made.tail.start()
    cleanUp.push(
      () => made.tail.stop(),
      () => made.relationships.stop(),
    )
    return { ...made, database }
  }

  test(`every answer is right at its position, on two replicas, while stores are written (SEED=${SEED})`, async () => {
    const replicas = [await replica(LIMITS[0] as number), await replica(LIMITS[1] as number)]
    const counts = { answers: 0, yes: 0, fault: 0, deleted: 0 }
    for (const world of fc.sample(worlds, { numRuns: WORLDS, seed: SEED })) await agrees(world, replicas, counts)
    const loads = await Promise.all(replicas.map(({ metrics }) => loadsIn(metrics)))
    console.log(`SEED=${SEED}, ${kind}: ${JSON.stringify(counts)}, loads ${loads.join(' and ')}`)
    assert.ok(counts.answers > 300 && counts.yes > 0 && counts.deleted > 0, JSON.stringify(counts))
    assert.ok(Math.min(...loads) > 50, `only ${loads} loads`)
  })
})

type Replica = { memory: Parameters<typeof askingIn>[0]; database: Database }

async function agrees(
  { body, later, pool, context, chances }: World,
  replicas: readonly Replica[],
  counts: { answers: number; yes: number; fault: number; deleted: number },
): Promise<void> {
  let drawn = 0
  const below = (most: number): number => (chances[drawn++ % chances.length] ?? 0) % most
  const history = new Map<string, Happened[]>()
  const answered: Answered[] = []
  const [{ database } = assert.fail()] = replicas
  for (let n = 0; n < STORES; n++) {
    const store = await freshStore(database, body)
    const first = pool.filter(() => below(5) > 0)
    const position = await change(database, store, { writes: first })
    history.set(store, [{ position, writes: first, deletes: [] }])
  }
  const stores = [...history.keys()]
  const [changing = '', doomed = ''] = stores
  let writing = true
  let asked = 0

  const write = async () => {
    for (let n = 0; n < WRITES; n++) {
      const { database } = replicas[n % replicas.length] as Replica
      const store = stores[below(STORES)] as string
      while (writing && asked < n * ANSWERS_PER_WRITE) await new Promise((resolve) => setImmediate(resolve))
      if (n === WRITES / 2) {
        const id = ulid(Date.now() + 60_000)
        const position = await commit(database, (tx) => insertModel(tx, changing, { id, body: later }))
        history.get(changing)?.push({ position, model: id, body: later })
      }
      if (n === WRITES - 10) await commit(database, (tx) => deleteStore(tx, doomed))
      if (n >= WRITES - 10 && store === doomed) continue
      // As one request has them: taken away, and written, under this condition or another.
      const deletes = pool.filter(() => below(4) === 0)
      const writes = deletes.filter(() => below(5) > 0).map((tuple) => (below(2) === 0 ? tuple : other(tuple, context)))
      const position = await change(database, store, { deletes, writes })
      history.get(store)?.push({ position, deletes, writes })
    }
    writing = false
  }

  const ask = async ({ memory }: Replica) => {
    while (writing) {
      const store = stores[below(STORES)] as string
      // Mostly who stands in tuples: what is left out of memory must be missed.
      const user = below(3) > 0 ? (ASKERS[below(2)] as string) : (ASKERS[below(ASKERS.length)] as string)
      const relation = RELATIONS[below(RELATIONS.length)] as string
      const object = OBJECTS[below(OBJECTS.length)] as string
      const rules = rulesOf(body)
      const more = below(3) === 0 ? pool.slice(0, 3) : []
      const contextual = more.filter((tuple) => tupleFault(rules, tuple) === undefined)
      const asking = askingIn(memory, store)
      const assumed = { contextual, context }
      const kind = below(4)
      const type = object.split(':')[0] as string
      if (kind === 3) {
        asked += 1
        for (const one of await streamed(asking, { type, relation, user, context }))
          answered.push({ ...one, store, contextual: [], question: `stream: ${type}#${relation}@${user}` })
        continue
      }
      const answer = await [
        () => outcome(asking.checkAt({ object, relation, user }, assumed)),
        () => outcome(asking.objectsAt(type, relation, user, assumed)),
        () => outcome(asking.usersAt(object, relation, { type: 'user' }, assumed)),
      ][kind]?.()
      asked += 1
      if (!answer || 'gone' in answer) {
        counts.deleted += 1
        assert.equal(store, doomed)
        await new Promise((resolve) => setImmediate(resolve))
        continue
      }
      answered.push({ store, ...answer, contextual, question: `${kind}: ${object}#${relation}@${user}`, wanted })
      function wanted(plain: ReturnType<typeof naive>, world: readonly Tuple[]) {
        if (kind === 0) return plain.check(object, relation, user)
        if (kind === 1) {
          const answers = OBJECTS.filter((one) => one.startsWith(`${type}:`)).map((one) => [
            one,
            plain.check(one, relation, user),
          ])
          if (answers.some(([, answer]) => answer === 'fault')) return undefined
          return answers.flatMap(([one, answer]) => (answer === 'yes' ? [one] : []))
        }
        if (world.some((tuple) => plain.counts(tuple) === 'fault')) return undefined
        const users = new Set(world.map(({ user }) => user).filter((one) => one.startsWith('user:')))
        return [...users]
          .sort()
          .filter((one) => plain.check(object, relation, one) === 'yes' && plain.named(object, relation, one))
      }
    }
  }
  const first = Math.max(...[...history.values()].flat().map(({ position }) => position))
  for (const { memory } of replicas) await memory.caughtUp({ at_least: first, consistency: 'UNSPECIFIED' })
  const all = [write(), ...replicas.flatMap((one) => [ask(one), ask(one)])]
  // Where one fails the others need not go on.
  for (const each of all) each.catch(() => (writing = false))
  await Promise.all(all)

  const bodies = new Map<string, ModelBody>()
  for (const happened of [...history.values()].flat())
    if ('model' in happened) bodies.set(happened.model, happened.body)
  for (const { store, position, model, question, contextual, given, wanted } of answered) {
    const stored = new Map<string, Tuple>()
    let resolveModel: string | undefined
    for (const happened of history.get(store) ?? []) {
      if (happened.position > position) break
      if ('model' in happened) resolveModel = happened.model
      else {
        for (const tuple of happened.deletes) stored.delete(nameOf(tuple))
        for (const tuple of happened.writes) stored.set(nameOf(tuple), tuple)
      }
    }
    for (const tuple of contextual) stored.set(nameOf(tuple), tuple)
    if (resolveModel !== undefined) assert.equal(model, resolveModel, question)
    const world = [...stored.values()]
    const of = bodies.get(model) ?? body
    const right = wanted(naive({ body: of, tuples: world, predicates: PREDICATES, context }), world)
    counts.answers += 1
    counts.yes += right === 'yes' || (Array.isArray(right) && right.length > 0) ? 1 : 0
    counts.fault += right === 'fault' ? 1 : 0
    // Of a list that may be refused only the refusal is known.
    if (right === undefined) continue
    assert.deepEqual(given, right === 'cycle' ? 'no' : right, `${question} at ${position} of ${store}`)
  }
}

/** Each part of a stream as an answer at its position, and at the last one that nothing is missing. */
async function streamed(
  asking: ReturnType<typeof askingIn>,
  { type, relation, user, context }: { type: string; relation: string; user: string; context: ConditionContext },
): Promise<Omit<Answered, 'store' | 'question' | 'contextual'>[]> {
  const answers: Omit<Answered, 'store' | 'question' | 'contextual'>[] = []
  const sent = new Set<string>()
  const right = (plain: ReturnType<typeof naive>, objects: Iterable<string>) =>
    [...objects].filter((object) => plain.check(object, relation, user) === 'yes')
  const parts = asking.partsOf(type, relation, user, context)
  try {
    for (;;) {
      const { done, value } = await parts.next()
      if (done) {
        const unsent = OBJECTS.filter((object) => object.startsWith(`${type}:`) && !sent.has(object))
        answers.push({ ...value, given: [], wanted: (plain) => right(plain, unsent) })
        return answers
      }
      const { part, ...at } = value
      for (const object of part) assert.equal(sent.has(object), false, `${object} came twice`)
      for (const object of part) sent.add(object)
      answers.push({ ...at, given: part, wanted: (plain) => right(plain, part) })
    }
  } catch (error) {
    // Refused, or its store is gone: what was sent before that stands.
    if (error instanceof Refusal) return answers
    throw error
  }
}

const other = ({ condition, ...tuple }: Tuple, context: ConditionContext): Tuple =>
  condition ? { ...tuple, condition: { name: condition.name, context } } : tuple

type Asked = { position: number; model: string; given: Answer | string[] }

async function outcome(
  asked: Promise<{ answer: boolean | string[] | 'fault'; position: number; model: string }>,
): Promise<Asked | { gone: true }> {
  try {
    const { answer, ...at } = await asked
    return { ...at, given: answer === true ? 'yes' : answer === false ? 'no' : answer }
  } catch (error) {
    if (error instanceof Refusal && error.refusal === 'store_id_not_found') return { gone: true }
    throw error
  }
}

async function loadsIn(metrics: ReturnType<typeof followOn>['metrics']): Promise<number> {
  const { body } = await metrics.expose()
  return Number(/relationship_loads_total{outcome="done"} (\d+)/.exec(body)?.[1] ?? 0)
}
