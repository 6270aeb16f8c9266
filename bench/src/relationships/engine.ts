// The engine alone: one core, names in, answers out, held against the naive evaluator before anything is measured.
import assert from 'node:assert/strict'
import { checkTuple, objectsOf } from '@mandate/server/relationships/answers.ts'
import { askerOf, Conditions } from '@mandate/server/relationships/engine/question.ts'
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import { naive } from '@mandate/server/relationships/naive-for-tests.ts'
import { pageOfObjects } from '@mandate/server/relationships/object-pages.ts'
import { rulesOf } from '@mandate/server/relationships/tuple-rules.ts'
import { Tuples } from '@mandate/server/relationships/tuples.ts'
import { visibleRecords } from '@mandate/server/relationships/visible.ts'
import { quantile } from '../rounds.ts'
import { type Cell, held, printTable } from '../table.ts'
import { type Chance, chance } from './chance.ts'
import type { World } from './worlds.ts'

const CHECKS = 100_000
const ASSERTED = 150
const FILTERED = 1_000
const BUDGET = { checks: 250_000, byName: 2, byHandle: 0.05, names: 1, bytes: 60 }

type Pick = 'zipf' | 'below'

export function openWorld(world: World) {
  const model = { id: 'bench', body: world.body, ...rulesOf(world.body) }
  const tuples = new Tuples(1)
  const startedAt = performance.now()
  tuples.load(world.tuples)
  tuples.ground(model)
  const loaded = performance.now() - startedAt
  const store = {
    id: 'bench',
    name: 'bench',
    created_at: '',
    models: new Map([['bench', model]]),
    newest: model,
    tuples,
  }
  return { by: { store, model }, loaded }
}

export function questionsOf(world: World, pick: Pick, seed: number, count: number): TupleKey[] {
  const random: Chance = chance(seed)
  return Array.from({ length: count }, () => ({
    user: `user:${random[pick](world.users)}`,
    relation: world.relation,
    object: `${world.type}:${random[pick](world.records)}`,
  }))
}

/** The naive evaluator's answers: over names and lists, and nothing of the engine. */
function referenceOf(world: World): (question: TupleKey) => boolean {
  const index = Map.groupBy(world.tuples, ({ object, relation }) => `${object}#${relation}`)
  const find = (object: string, relation: string) => index.get(`${object}#${relation}`) ?? []
  const { check } = naive({ body: world.body, tuples: [], predicates: {}, context: {}, find })
  return ({ object, relation, user }) => check(object, relation, user) === 'yes'
}

export function measureEngine(world: World): void {
  const { by, loaded } = openWorld(world)
  const { tuples } = by.store
  const rows: Cell[][] = [
    ['cold start from rows, ms', loaded, '', '', '', ''],
    [
      'bytes per tuple',
      tuples.bytes / tuples.size,
      '',
      '',
      '',
      held(tuples.bytes / tuples.size, { atMost: BUDGET.bytes }),
    ],
  ]
  const nothing = { contextual: [] }
  const reference = referenceOf(world)
  let allowed = 0
  for (const question of [...questionsOf(world, 'zipf', 3, ASSERTED), ...questionsOf(world, 'below', 4, ASSERTED)]) {
    const answer = checkTuple(by, question, nothing)
    assert.equal(answer, reference(question), JSON.stringify(question))
    allowed += Number(answer)
  }
  assert.ok(allowed > 0 && allowed < 2 * ASSERTED, 'all answers are the same')

  for (const pick of ['zipf', 'below'] as const) {
    const questions = questionsOf(world, pick, 5, CHECKS)
    const ask = (question: TupleKey) => checkTuple(by, question, nothing)
    const name = `check, ${pick === 'zipf' ? 'Zipf' : 'uniform'}, per second of CPU (then µs)`
    const rates = rateOf(questions, ask)
    rows.push([name, ...rates, held(rates[0], { atLeast: BUDGET.checks })])
    const writes = world.tuples.slice(0, CHECKS / 100)
    let nth = 0
    const withWrites = (question: TupleKey) => {
      nth += 1
      if (nth % 100 === 0) {
        const tuple = writes[(nth / 100) % writes.length]
        if (tuple) tuples.take(tuple)
        if (tuple) tuples.put(tuple)
      }
      return ask(question)
    }
    rows.push([`  the same with 1 % writes`, ...rateOf(questions, withWrites), ''])
  }
  const batches = questionsOf(world, 'zipf', 6, CHECKS)
  const batch = (nth: number) => {
    for (let at = 0; at < 50; at++) {
      const question = batches[(nth * 50 + at) % CHECKS]
      if (question) checkTuple(by, question, nothing)
    }
  }
  rows.push(['batch of 50, ms', ...spread(400, batch), ''])
  filters(world, by, rows)
  lists(world, by, rows)
  rows.push(['write and delete of one tuple, µs', ...writesOf(world, tuples, 1), ''])
  rows.push(['write and delete of 100 tuples, ms', ...writesOf(world, tuples, 100).map((time) => time / 1000), ''])
  printTable(
    `${world.name}, ${tuples.size.toLocaleString('en-US')} tuples, engine alone`,
    ['question', 'median', 'p50', 'p99', 'p99.9', 'budget'],
    rows,
  )
}

type By = ReturnType<typeof openWorld>['by']

function filters(world: World, by: By, rows: Cell[][]): void {
  const relationships = { position: 1, size: 0, bytes: 0, store: () => by.store, stores: () => [by.store] }
  const visible = visibleRecords({ relationships })
  const random = chance(8)
  const people = Array.from({ length: 40 }, () => `user:${random.below(world.users)}`)
  const ids = Array.from({ length: FILTERED }, () => String(random.below(world.records)))
  const ask = (nth: number) =>
    visible({ user: people[nth % 40] ?? '', relation: world.relation, type: world.type, ids })
  const first = spread(40, ask)
  const again = spread(400, ask)
  rows.push([`filter of ${FILTERED}, ms, by name, asked first`, ...first, ''])
  rows.push([`filter of ${FILTERED}, ms, by name`, ...again, held(again[0], { atMost: BUDGET.byName })])
  const ground = by.store.tuples.ground(by.model)
  const { graph, plan, sights } = ground
  const handles = Int32Array.from(ids, (id) => graph.names.find(`${world.type}:${id}`))
  const relation = plan.named(world.type, world.relation)?.number ?? -1
  const [person = ''] = people
  const wanted = { user: graph.names.find(person), relation, version: by.store.tuples.version }
  const judge = () => ground.judge.ask(askerOf(plan, graph, person), new Conditions(plan, graph))
  const handled = spread(2_000, () => sights.see(judge, wanted, handles))
  rows.push([`filter of ${FILTERED}, ms, by handle`, ...handled, held(handled[0], { atMost: BUDGET.byHandle })])
}

function lists(world: World, by: By, rows: Cell[][]): void {
  const random = chance(9)
  const people = Array.from({ length: 40 }, () => `user:${random.below(world.users)}`)
  let most = 0
  const all = spread(40, (nth) => {
    const question = { user: people[nth] ?? '', relation: world.relation, type: world.type }
    by.store.tuples.version += 1
    most = Math.max(most, objectsOf(by, question, { contextual: [] }).length)
  })
  rows.push([`list-objects, ms, all (up to ${most.toLocaleString('en-US')} objects)`, ...all, ''])
  const [person = ''] = people
  const question = { user: person, relation: world.relation, type: world.type, page_size: 1000, continuation_token: '' }
  const page = spread(400, () => pageOfObjects(by, question, { contextual: [] }))
  rows.push(['list-objects, ms, a page of 1,000 of a kept list', ...page, held(page[0], { atMost: BUDGET.names })])
}

function writesOf(world: World, tuples: Tuples, count: number): [number, number, number, number] {
  return spread(200, (nth) => {
    const some = world.tuples.slice(nth * count, (nth + 1) * count)
    for (const tuple of some) tuples.take(tuple)
    for (const tuple of some) tuples.put(tuple)
  }).map((time) => time * 1000) as [number, number, number, number]
}

/** Median, p50, p99 and p99.9 in milliseconds. */
function spread(count: number, once: (nth: number) => unknown): [number, number, number, number] {
  const times = Array.from({ length: count }, (_, nth) => {
    const startedAt = performance.now()
    once(nth)
    return performance.now() - startedAt
  }).sort((a, b) => a - b)
  return [quantile(times, 0.5), quantile(times, 0.5), quantile(times, 0.99), quantile(times, 0.999)]
}

/** Answers per second of CPU, then p50, p99 and p99.9 in microseconds. */
function rateOf<T>(questions: readonly T[], ask: (question: T) => unknown): [number, number, number, number] {
  for (const question of questions) ask(question)
  const before = process.cpuUsage()
  for (const question of questions) ask(question)
  const { user, system } = process.cpuUsage(before)
  const times = questions
    .slice(0, 20_000)
    .map((question) => {
      const startedAt = performance.now()
      ask(question)
      return (performance.now() - startedAt) * 1000
    })
    .sort((a, b) => a - b)
  return [
    questions.length / ((user + system) / 1e6),
    ...([quantile(times, 0.5), quantile(times, 0.99), quantile(times, 0.999)] as [number, number, number]),
  ]
}
