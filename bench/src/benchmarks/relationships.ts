// Relationships: the engine alone in three worlds, beside one recursive statement on PostgreSQL, and over HTTP beside a
// server that says hello. `BENCH_TUPLES` says how many tuples a world has: a million without it.
import assert from 'node:assert/strict'
import { checkTuple } from '@mandate/server/relationships/answers.ts'
import { findPostgres } from '../../../scripts/postgres-cluster.ts'
import { places } from '../databases.ts'
import { answers, type HttpCall } from '../load.ts'
import { measureEngine, openWorld, questionsOf } from '../relationships/engine.ts'
import { statementsOn } from '../relationships/statement.ts'
import { type World, worlds } from '../relationships/worlds.ts'
import { interleaved, of } from '../rounds.ts'
import { cpuPerCall, serve } from '../served.ts'
import { openShop, type Shop } from '../shop/shop.ts'
import { type Cell, held, printTable } from '../table.ts'

const CHECKS = 20_000
const STATEMENTS = 1_000
const CALLS = 1_000
const BUDGET = { hello: 0.45, statement: 10 }

export async function relationships(): Promise<void> {
  const size = Number(process.env.BENCH_TUPLES ?? 1_000_000)
  for (const world of worlds(size)) {
    measureEngine(world)
    if (world.name === 'Drive-like') await besideStatement(world)
  }
  await overHttp()
}

async function besideStatement(world: World): Promise<void> {
  if (findPostgres() === undefined)
    return console.log('\nPostgreSQL is not installed: no recursive statement to compare with')
  const { by } = openWorld(world)
  const statements = await statementsOn(world)
  try {
    const questions = questionsOf(world, 'zipf', 21, CHECKS)
    const engine = (question: (typeof questions)[number]) => checkTuple(by, question, { contextual: [] })
    const results = await interleaved(
      [
        {
          name: 'engine',
          round() {
            const startedAt = performance.now()
            for (const question of questions) engine(question)
            return CHECKS / ((performance.now() - startedAt) / 1000)
          },
        },
        {
          name: 'one recursive statement, 16 at a time',
          async round() {
            const startedAt = performance.now()
            let left = STATEMENTS
            const worker = async () => {
              while (left-- > 0) {
                const question = questions[left]
                if (question) assert.equal(await statements.ask(question), engine(question), JSON.stringify(question))
              }
            }
            await Promise.all(Array.from({ length: 16 }, worker))
            return STATEMENTS / ((performance.now() - startedAt) / 1000)
          },
        },
      ],
      3,
    )
    const statement = of(results, 'one recursive statement, 16 at a time').median
    const ratio = of(results, 'engine').median / statement
    printTable(
      `${world.name}: checks per second in process, beside PostgreSQL (same questions, same answers)`,
      ['contender', 'median', 'least', 'most', 'ratio', 'budget'],
      [...results].map(([name, { median, least, most }]): Cell[] => [
        ...[name, median, least, most],
        ...(name === 'engine' ? [ratio, held(ratio, { atLeast: BUDGET.statement })] : ['', '']),
      ]),
    )
  } finally {
    await statements.close()
  }
}

async function overHttp(): Promise<void> {
  const [place, ...others] = await places()
  for (const other of others) await other.remove()
  if (!place) return
  const hello = await serve('hello')
  const shop = await openShop(place, 'http://127.0.0.1:9')
  try {
    const greeting: HttpCall = {
      ...{ method: 'POST', url: hello.url, headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ hello: 'w'.repeat(100) }),
      check: answers(200, '"hello":"www'),
    }
    const results = await interleaved([
      { name: 'node:http hello', round: () => cpuPerCall(hello, greeting, CALLS) },
      { name: 'check, allowed', round: () => cpuPerCall(shop.house, checkOf(shop, 'ord_2', true), CALLS) },
      { name: 'check, not allowed', round: () => cpuPerCall(shop.house, checkOf(shop, 'ord_1', false), CALLS) },
    ])
    const baseline = of(results, 'node:http hello').median
    printTable(
      `Relationships over HTTP, ${place.name}: µs of CPU per check (${CALLS} per round, 32 at a time)`,
      ['call', 'median', 'least', 'most', 'of hello', 'budget'],
      [...results].map(([name, { median, least, most }]): Cell[] => [
        ...[name, median, least, most, baseline / median],
        name === 'node:http hello' ? '' : held(baseline / median, { atLeast: BUDGET.hello }),
      ]),
    )
  } finally {
    await shop.close()
    await hello.stop()
  }
}

const checkOf = (shop: Shop, order: string, allowed: boolean): HttpCall => ({
  method: 'POST',
  url: `${shop.issuer}/fga/stores/${shop.store}/check`,
  headers: { authorization: `Bearer ${shop.fga}`, 'content-type': 'application/json' },
  body: JSON.stringify({ tuple_key: { user: 'user:dana', relation: 'viewer', object: `order:${order}` } }),
  check: answers(200, `"allowed":${allowed}`),
})
