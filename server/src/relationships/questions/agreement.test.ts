// The engine held against the naive evaluator, over random models, tuples, conditions, contexts and contextual tuples.
// A disagreement is a defect of one of them, and nothing else is done before it is found.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import type { ConditionContext } from '../conditions/condition-definition.ts'
import type { ModelBody, Tuple } from '../model.ts'
import { nameOf, rulesOf, tupleFault } from '../models/tuple-rules.ts'
import { Refusal } from '../protocol/problems.ts'
import { type Answer, naive } from '../testing/naive-evaluator.ts'
import { asking } from '../testing/questions.ts'
import { ASKERS, contexts, models, OBJECTS, PREDICATES, RELATIONS, tuples } from '../testing/random-models.ts'

/** Questions asked in `npm run test:full`, which sets a database, and in `npm test`. */
const QUESTIONS = process.env.TEST_DATABASE_URL === undefined ? 20_000 : 220_000
const PER_WORLD = 600
const SEED = Number(process.env.SEED ?? 0) || Math.floor(Math.random() * 2 ** 31)

const count = { check: 0, 'list-objects': 0, parts: 0, 'in parts': 0, 'list-users': 0, yes: 0, fault: 0, cycle: 0 }

after(() => {
  const asked = count.check + count['list-objects'] + count['list-users']
  console.log(`SEED=${SEED}: ${asked} questions, no disagreement (${JSON.stringify(count)})`)
  assert.ok(asked >= QUESTIONS, `only ${asked} questions`)
  assert.ok(count['in parts'] > 100 && count.parts > 2 * count['in parts'], 'no list was made in parts')
  assert.ok(count.yes > 0 && count.fault > 0 && count.cycle > 0, 'some kind of answer never came up')
})

interface Given {
  body: ModelBody
  stored: Tuple[]
  more: Tuple[]
  context: ConditionContext
  /** Taken away again, or written late. */
  moved: number
}

test('every check, list of objects and list of users agrees with the naive evaluator', () => {
  const world = models.chain((body) =>
    fc.record({
      ...{ body: fc.constant(body), stored: tuples(body, 18), more: tuples(body, 4) },
      ...{ context: contexts, moved: fc.nat() },
    }),
  )
  fc.assert(
    fc.property(world, (given) => {
      agrees(given)
    }),
    { numRuns: Math.ceil(QUESTIONS / PER_WORLD), seed: SEED, endOnFailure: process.env.SHRINK === undefined },
  )
})

function agrees({ body, stored, more, context, moved }: Given): void {
  const rules = rulesOf(body)
  // Written tuples may be of an older model; contextual ones must fit this one.
  const contextual = more.filter((tuple) => tupleFault(rules, tuple) === undefined)
  const engine = asking(body, ...stored)
  compare(engine, { body, stored, contextual, context })
  const late = stored[moved % (stored.length || 1)]
  if (!late) return
  engine.tuples.take(late)
  const without = stored.filter((tuple) => tuple !== late)
  compare(engine, { body, stored: without, contextual: [], context })
  engine.tuples.put(late)
  compare(engine, { body, stored, contextual: contextual.slice(0, 1), context })
  assert.deepEqual(engine.tuples.all().map(nameOf).sort(), stored.map(nameOf).sort())
}

function compare(
  engine: ReturnType<typeof asking>,
  { body, stored, contextual, context }: Omit<Given, 'more' | 'moved'> & { contextual: Tuple[] },
): void {
  const assumed = new Set(contextual.map(nameOf))
  const world = [...stored.filter((tuple) => !assumed.has(nameOf(tuple))), ...contextual]
  const plain = naive({ body, tuples: world, predicates: PREDICATES, context })
  const anyFault = world.some((tuple) => plain.counts(tuple) === 'fault')
  for (const user of ASKERS)
    for (const relation of RELATIONS) {
      const answers = new Map(OBJECTS.map((object) => [object, plain.check(object, relation, user)]))
      for (const [object, wanted] of answers) {
        const question = `${object}#${relation}@${user}`
        const given = answerOf(() => engine.checkWith(question, context, contextual))
        count.check += 1
        count[wanted === 'no' ? 'check' : wanted] += wanted === 'no' ? 0 : 1
        assert.equal(given, wanted === 'cycle' ? 'no' : wanted, question)
      }
      for (const type of ['group', 'doc']) {
        count['list-objects'] += 1
        const ofType = [...answers].filter(([object]) => object.startsWith(`${type}:`))
        const listed = listOf(() => engine.objects(type, relation, user, context, contextual))
        if (listed === undefined)
          assert.ok(
            ofType.some(([, answer]) => answer === 'fault'),
            'refused without a fault',
          )
        else assert.deepEqual(listed, ofType.flatMap(([object, answer]) => (answer === 'yes' ? [object] : [])).sort())
        if (contextual.length === 0) inParts(engine, { type, relation, user, context }, { answers, listed })
      }
    }
  for (const object of OBJECTS)
    for (const relation of RELATIONS)
      for (const filter of [{ type: 'user' }, { type: 'group', relation: 'a' }]) {
        count['list-users'] += 1
        const listed = listOf(() => engine.users(`${object}#${relation}`, filter, context, contextual))
        if (listed === undefined) {
          assert.ok(anyFault, 'refused without a fault')
          continue
        }
        const wanted = candidates(world, filter).filter(
          (user) => plain.check(object, relation, user) === 'yes' && plain.named(object, relation, user),
        )
        assert.deepEqual(listed, wanted, `${object}#${relation} of ${JSON.stringify(filter)}`)
      }
}

/** What is handed out is right and comes once, also where the list is refused in the end; else it is the whole list. */
function inParts(
  engine: ReturnType<typeof asking>,
  question: Parameters<typeof engine.objectsInParts>[0],
  { answers, listed }: { answers: Map<string, Answer>; listed: string[] | undefined },
): void {
  const found: string[] = []
  let lasts = true
  // Others ask in between, with tuples of their own that are written and taken back.
  const between = () => void engine.check('doc:1#parent@doc:9', 'doc:1#parent@doc:9')
  const limits = { steps: 1 + (count['list-objects'] % 5), most: 1 + (count['list-objects'] % 3), between }
  const made = listOf(() => {
    lasts = engine.objectsInParts(question, limits, (part) => {
      count.parts += 1
      found.push(...part)
    })
    return found
  })
  if (!lasts) return
  count['in parts'] += 1
  assert.deepEqual(made?.toSorted(), listed)
  for (const object of found) assert.equal(answers.get(object), 'yes', object)
}

function candidates(world: readonly Tuple[], filter: { type: string; relation?: string }): string[] {
  const users =
    filter.relation === undefined
      ? world.map(({ user }) => user).filter((user) => user.startsWith(`${filter.type}:`) && !user.includes('#'))
      : OBJECTS.filter((object) => object.startsWith(`${filter.type}:`)).map((object) => `${object}#${filter.relation}`)
  return [...new Set(users)].sort()
}

function answerOf(ask: () => boolean): Answer {
  try {
    return ask() ? 'yes' : 'no'
  } catch (error) {
    if (error instanceof Refusal && error.refusal === 'validation_error') return 'fault'
    throw error
  }
}

function listOf(ask: () => string[]): string[] | undefined {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Refusal && error.refusal === 'validation_error') return undefined
    throw error
  }
}
