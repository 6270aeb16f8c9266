// Lists in slices while everything changes between two of them: over random worlds, held against the naive evaluator.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../../kernel/problem.ts'
import { nobody } from '../../pipeline/index.ts'
import type { Store } from '../cache/relationships.ts'
import { Tuples } from '../cache/tuples.ts'
import type { ConditionContext } from '../conditions/condition-definition.ts'
import type { ModelBody, Tuple } from '../model.ts'
import { nameOf, rulesOf } from '../models/tuple-rules.ts'
import { linesOf } from '../protocol/json-lines.ts'
import { Refusal } from '../protocol/problems.ts'
import { documents, tuple } from '../testing/models.ts'
import { naive } from '../testing/naive-evaluator.ts'
import { ASKERS, contexts, models, OBJECTS, PREDICATES, RELATIONS, tuples } from '../testing/random-models.ts'
import { objectsInSlices, objectsOf } from './object-lists.ts'
import { pageOfObjects } from './object-pages.ts'
import { ObjectStream } from './object-stream.ts'
import { SlicedQuestion } from './sliced-question.ts'
import { turns } from './turns.ts'

const SEED = Number(process.env.SEED ?? 0) || Math.floor(Math.random() * 2 ** 31)
const WORLDS = 250
const count = { streams: 0, parts: 0, begunAnew: 0, refused: 0, refusedLate: 0, objects: 0 }

after(() => {
  console.log(`SEED=${SEED}: ${JSON.stringify(count)}`)
  assert.ok(count.begunAnew > 300 && count.parts > 100 && count.refused > 0, JSON.stringify(count))
})

/** A store in memory whose turns are the test's: what happens between two slices is what `turn` does. */
function holding(body: ModelBody, stored: readonly Tuple[], turn: () => void) {
  const newest = { id: 'model', body, ...rulesOf(body) }
  const store: Store = { id: 'store', name: '', created_at: '', models: new Map(), newest, tuples: new Tuples(1) }
  store.tuples.load(stored)
  const state = { there: true, valid: true, begun: 0 }
  const relationships = {
    ...{ position: 0, size: 0, bytes: 0, stores: () => [store] },
    store: () => (state.there ? store : undefined),
  }
  const memory = { relationships, caughtUp: async () => {}, stillValid: () => state.valid }
  const given = { memory, turn: async () => turn(), steps: 2 }
  const asking = (question: { type: string; relation: string; user: string }, context?: ConditionContext) =>
    new SlicedQuestion(
      given,
      { store_id: 'store', consistency: 'UNSPECIFIED' },
      {
        principal: nobody,
        readSets: ({ readSets }) => [readSets(question.type, question.relation)],
        begin(by) {
          state.begun += 1
          const assumed = { contextual: [], context }
          return objectsInSlices(by, question, assumed) ?? objectsOf(by, question, assumed)
        },
      },
    )
  return { store, state, asking }
}

interface Given {
  body: ModelBody
  pool: Tuple[]
  context: ConditionContext
  chances: number[]
}

const worlds: fc.Arbitrary<Given> = models.chain((body) =>
  fc.record({
    ...{ body: fc.constant(body), pool: tuples(body, 24), context: contexts },
    chances: fc.array(fc.nat(), { minLength: 100, maxLength: 100 }),
  }),
)

test('what is sent is right when it is sent, comes once, and is all there is at the end, whatever changes', async () => {
  for (const given of fc.sample(worlds, { numRuns: WORLDS, seed: SEED })) await streamsAgree(given)
})

async function streamsAgree({ body, pool, context, chances }: Given): Promise<void> {
  let drawn = 0
  const below = (most: number): number => (chances[drawn++ % chances.length] ?? 0) % most
  const stored = new Map(pool.filter(() => below(4) > 0).map((one) => [nameOf(one), one]))
  let often = 2
  const { store, state, asking } = holding(body, [...stored.values()], () => {
    if (below(often) > 0) return
    const one = pool[below(pool.length)]
    const kind = below(8)
    // Put out and loaded anew, in which every object gets another number.
    if (kind === 0) store.tuples.load([...stored.values()].toReversed())
    else if (kind === 1) store.tuples.assuming([tuple('doc:1#parent@doc:9')], () => {})
    else if (one && stored.delete(nameOf(one))) store.tuples.take(one)
    else if (one) {
      stored.set(nameOf(one), one)
      store.tuples.put(one)
    }
  })
  const answersOf = (type: string, relation: string, user: string) => {
    const plain = naive({ body, tuples: [...stored.values()], predicates: PREDICATES, context })
    const ofType = OBJECTS.filter((object) => object.startsWith(`${type}:`))
    return new Map(ofType.map((object) => [object, plain.check(object, relation, user)]))
  }
  for (const relation of RELATIONS)
    for (const type of ['doc', 'group']) {
      // Mostly who stands in tuples.
      const user = ASKERS[below(below(3) > 0 ? 2 : ASKERS.length)] as string
      // From every slice to now and then.
      often = 1 + below(5)
      count.streams += 1
      state.begun = 0
      const stream = new ObjectStream(asking({ type, relation, user }, context), 1)
      const sent = new Set<string>()
      const said = `${type}#${relation}@${user}`
      try {
        for (let part = await stream.next(); part; part = await stream.next()) {
          const answers = answersOf(type, relation, user)
          count.parts += 1
          for (const object of part) {
            assert.equal(answers.get(object), 'yes', `${object} of ${said} is not right`)
            assert.equal(sent.has(object), false, `${object} of ${said} came twice`)
            sent.add(object)
          }
        }
        for (const [object, answer] of answersOf(type, relation, user))
          assert.ok(answer !== 'yes' || sent.has(object), `${object} of ${said} is missing`)
        count.objects += sent.size
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        count.refused += 1
        count.refusedLate += sent.size > 0 ? 1 : 0
        assert.ok(
          [...answersOf(type, relation, user).values()].includes('fault'),
          `${said} was refused without a fault`,
        )
      }
      count.begunAnew += state.begun - 1
    }
}

const MANY = Array.from({ length: 3_000 }, (_, n) => tuple(`document:${n}#viewer@user:anne`))
const viewed = { type: 'document', relation: 'viewer', user: 'user:anne' }

async function namesOf(stream: ObjectStream): Promise<string[]> {
  const names: string[] = []
  for (let part = await stream.next(); part; part = await stream.next()) names.push(...part)
  return names
}

test('a list ends although the tuples change between any two slices of it', async () => {
  let written = 0
  const { store, state, asking } = holding(documents, MANY, () => {
    written += 1
    store.tuples.put(tuple(`document:new-${written}#viewer@user:anne`))
  })
  const names = await namesOf(new ObjectStream(asking(viewed), 10))
  assert.equal(new Set(names).size, names.length)
  for (const { object } of MANY) assert.ok(names.includes(object))
  assert.ok(state.begun < 20 && written < 20, `begun ${state.begun} times`)

  state.begun = 0
  const objects = await asking(viewed).next((work, steps) => ('compiled' in work ? work.more(steps) : undefined))
  // All of one version: what was written until the last beginning, and nothing after it.
  assert.equal(objects.list.objects.length, MANY.length + written)
  assert.ok(state.begun < 20, `begun ${state.begun} times`)
})

test('a list is not begun anew for what changes nothing', async () => {
  const { store, state, asking } = holding(documents, MANY, () =>
    store.tuples.assuming([tuple('document:x#viewer@user:anne')], () => {}),
  )
  const names = await namesOf(new ObjectStream(asking(viewed), 10))
  assert.deepEqual([names.length, state.begun], [MANY.length, 1])
})

test('what was sent, then taken away and forgotten, does not come a second time when it is there again', async () => {
  let turnsGiven = 0
  const one = tuple('document:0#viewer@user:anne')
  const { store, asking } = holding(documents, MANY, () => {
    turnsGiven += 1
    if (turnsGiven === 20) {
      store.tuples.take(one)
      store.tuples.load([...store.tuples.all()])
    }
    if (turnsGiven === 40) store.tuples.put(one)
  })
  const names = await namesOf(new ObjectStream(asking(viewed), 10))
  assert.ok(turnsGiven > 40)
  assert.deepEqual([new Set(names).size, names.length], [MANY.length, MANY.length])
})

test('a list that is kept is sent whole although pages of it put it in order meanwhile', async () => {
  const { store, asking } = holding(documents, MANY, () => {
    if (store.newest)
      pageOfObjects(
        { store, model: store.newest },
        { ...viewed, page_size: 7, continuation_token: '' },
        { contextual: [] },
      )
  })
  const whole = await asking(viewed).next((work, steps) => ('compiled' in work ? work.more(steps) : undefined))
  assert.equal(whole.list.ordered, undefined)
  const before = whole.list.objects
  const names = await namesOf(new ObjectStream(asking(viewed), 10))
  assert.notEqual(whole.list.objects, before)
  assert.deepEqual([new Set(names).size, names.length], [MANY.length, MANY.length])
})

test('another model is another question: what it no longer knows is refused, what was sent stays sent', async () => {
  let turnsGiven = 0
  const { store, state, asking } = holding(documents, MANY, () => {
    turnsGiven += 1
    if (turnsGiven === 3 && store.newest) store.newest = { ...store.newest, id: 'later' }
  })
  const names = await namesOf(new ObjectStream(asking(viewed), 10))
  assert.deepEqual([new Set(names).size, names.length, state.begun], [MANY.length, MANY.length, 2])
})

async function textOf(lines: AsyncIterable<string>): Promise<{ result?: { object: string }; error?: unknown }[]> {
  let text = ''
  for await (const some of lines) text += some
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function linesFrom(
  stream: ObjectStream,
  sliced: SlicedQuestion<never> | ReturnType<ReturnType<typeof holding>['asking']>,
) {
  const first = (await stream.next()) ?? []
  return linesOf({
    first,
    next: () => stream.next(),
    check: () => sliced.check(),
    stop: () => sliced.stop(),
  })
}

for (const [name, ends, code] of [
  ['access ended', (state: { valid: boolean }) => (state.valid = false), 1500],
  ['its store was deleted', (state: { there: boolean }) => (state.there = false), 5002],
] as const)
  test(`lines end with an error when ${name}, and say nothing after it`, async () => {
    let turnsGiven = 0
    const { state, asking } = holding(documents, MANY, () => {
      turnsGiven += 1
      if (turnsGiven === 5) ends(state)
    })
    const sliced = asking(viewed)
    const lines = await textOf(await linesFrom(new ObjectStream(sliced, 10), sliced))
    const last = lines.pop() as { error: { code: number; message: string; details: unknown[] } }
    assert.equal(last.error.code, code)
    assert.deepEqual(last.error.details, [])
    assert.ok(lines.length > 0 && lines.length < 100, `${lines.length} lines`)
    for (const { result } of lines) assert.ok(result?.object)
  })

test('a replica that can no longer tell who is let in ends the lines too', async () => {
  const lines = await textOf(
    linesOf({
      ...{ first: ['document:1'], stop: () => {}, check: () => {} },
      next: async () => {
        throw new Problem('unavailable', { detail: 'This replica is behind.' })
      },
    }),
  )
  assert.deepEqual(lines, [
    { result: { object: 'document:1' } },
    { error: { code: 4010, message: 'This replica is behind.', details: [] } },
  ])
})

test('between lines of one long part it is asked whether they may still be said', async () => {
  let asked = 0
  const check = () => {
    asked += 1
    if (asked === 2) throw new Problem('unauthenticated')
  }
  const first = Array.from({ length: 5_000 }, (_, n) => `document:${n}`)
  const lines = await textOf(linesOf({ first, check, stop: () => {}, next: async () => undefined }))
  assert.equal(lines.length, 2_001)
  assert.ok(lines.at(-1)?.error)
})

test('a failure of ours is no line: it breaks the stream off', async () => {
  const next = async () => {
    throw new TypeError('ours')
  }
  await assert.rejects(textOf(linesOf({ first: ['document:1'], check: () => {}, stop: () => {}, next })), /ours/)
})

test('nothing is looked for that nobody reads, and nothing more once the reader has gone', async () => {
  let turnsGiven = 0
  const { asking } = holding(documents, MANY, () => {
    turnsGiven += 1
  })
  const sliced = asking(viewed)
  const lines = (await linesFrom(new ObjectStream(sliced, 10), sliced))[Symbol.asyncIterator]()
  await lines.next()
  await lines.next()
  const before = turnsGiven
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(turnsGiven, before)
  // Gone while a slice is being waited for: it is the last.
  const waiting = lines.next()
  await lines.return?.()
  await waiting
  assert.equal((await lines.next()).done, true)
  assert.ok(turnsGiven <= before + 1, `${turnsGiven - before} turns more`)
})

test('turns are given one each time around, in order, so that others are heard between any two', async () => {
  const turn = turns()
  const happened: string[] = []
  let others = true
  const other = () => {
    happened.push('other')
    if (others) setImmediate(other)
  }
  setImmediate(other)
  const worker = async (name: string) => {
    for (let n = 0; n < 3; n++) {
      await turn()
      happened.push(name)
    }
  }
  await Promise.all(['a', 'b', 'c'].map(worker))
  others = false
  const slices = happened.filter((one) => one !== 'other')
  assert.deepEqual(slices, ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c'])
  for (const [at, one] of happened.entries())
    assert.ok(one === 'other' || happened[at + 1] === 'other' || at === happened.length - 1, happened.join(' '))
})
