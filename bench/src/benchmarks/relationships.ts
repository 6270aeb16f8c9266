// Relationship checks: in this process beside one SQL statement, and over HTTP beside a server that says hello.
import assert from 'node:assert/strict'
import { appendChanges } from '@mandate/server/platform/changes/index.ts'
import { openDatabase } from '@mandate/server/platform/database/index.ts'
import { checkTuple } from '@mandate/server/relationships/answers.ts'
import { rulesOf } from '@mandate/server/relationships/tuple-rules.ts'
import { Tuples } from '@mandate/server/relationships/tuples.ts'
import { type Place, places } from '../databases.ts'
import { answers, type HttpCall } from '../load.ts'
import { type Contender, interleaved, of } from '../rounds.ts'
import { cpuPerCall, serve } from '../served.ts'
import { MODEL, openShop, type Shop } from '../shop/shop.ts'
import { type Cell, held, printTable } from '../table.ts'

const CUSTOMERS = 1_000
const ORDERS_EACH = 10
const CHECKS = 40_000
const STATEMENTS = 1_000
const CALLS = 1_000
const BUDGET = { hello: 0.45, statement: 10 }

export async function relationships(): Promise<void> {
  const [place, ...others] = await places()
  for (const other of others) await other.remove()
  if (!place) return
  await inProcess()
  await overHttp(place)
}

const tupleOf = (order: number) => ({
  user: `customer:${Math.floor(order / ORDERS_EACH)}`,
  relation: 'customer',
  object: `order:${order}`,
})
const holderOf = (customer: number) => ({
  user: `user:${customer}`,
  relation: 'holder',
  object: `customer:${customer}`,
})

async function inProcess(): Promise<void> {
  const model = { id: 'bench', body: MODEL as never, ...rulesOf(MODEL as never) }
  const tuples = new Tuples(1)
  for (let customer = 0; customer < CUSTOMERS; customer++) tuples.put(holderOf(customer))
  for (let order = 0; order < CUSTOMERS * ORDERS_EACH; order++) tuples.put(tupleOf(order))
  const store = { id: 'bench', name: 'bench', created_at: '', models: new Map(), newest: model, tuples }
  // Half of the questions are about somebody else's order.
  const ask = (nth: number) => {
    const order = (nth * 7919) % (CUSTOMERS * ORDERS_EACH)
    const owner = Math.floor(order / ORDERS_EACH)
    const user = nth % 2 === 0 ? owner : (owner + 1) % CUSTOMERS
    const question = { user: `user:${user}`, relation: 'viewer', object: `order:${order}` }
    const allowed = checkTuple({ store, model }, question, { contextual: [] })
    if (allowed !== (nth % 2 === 0)) throw new Error(`a wrong answer about order ${order}`)
  }
  const burst = (nth: number) => {
    const tuple = tupleOf(nth % (CUSTOMERS * ORDERS_EACH))
    tuples.take(tuple)
    tuples.put(tuple)
  }
  const database = await openDatabase({ append: appendChanges, onError: () => {} })
  try {
    await database.connected((connection) =>
      connection.script(`
        create table bench_tuples (object text, relation text, users text, primary key (object, relation, users));
        insert into bench_tuples select 'order:' || n, 'viewer', 'user:' || (n / ${ORDERS_EACH})
          from generate_series(0, ${CUSTOMERS * ORDERS_EACH - 1}) n`),
    )
    const select = 'select 1 as found from bench_tuples where object = $1 and relation = $2 and users = $3'
    const statement = async (nth: number) => {
      const values = [`order:${nth}`, 'viewer', `user:${Math.floor(nth / ORDERS_EACH) + (nth % 2)}`]
      const { rows } = await database.connected((connection) => connection.query(select, values))
      assert.equal(rows.length, nth % 2 === 0 ? 1 : 0)
    }
    const results = await interleaved([
      { name: 'check', round: () => rate(CHECKS, ask) },
      {
        name: 'check, a write after every tenth',
        round: () =>
          rate(CHECKS, (nth) => {
            ask(nth)
            if (nth % 10 === 0) burst(nth)
          }),
      },
      { name: 'one SQL statement (embedded)', round: () => rateOf(STATEMENTS, statement) },
    ])
    const ratio = of(results, 'check').median / of(results, 'one SQL statement (embedded)').median
    printTable(
      `Relationships in process: answers per second, ${CUSTOMERS * (ORDERS_EACH + 1)} tuples, two steps, half of them misses`,
      ['question', 'median', 'least', 'most', 'ratio', 'budget'],
      [...results].map(([name, { median, least, most }]): Cell[] => [
        ...[name, median, least, most],
        ...(name === 'check' ? [ratio, held(ratio, { atLeast: BUDGET.statement })] : ['', '']),
      ]),
    )
  } finally {
    await database.close()
  }
}

function rate(count: number, once: (nth: number) => void): number {
  const startedAt = performance.now()
  for (let nth = 0; nth < count; nth++) once(nth)
  return count / ((performance.now() - startedAt) / 1000)
}

async function rateOf(count: number, once: (nth: number) => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  for (let nth = 0; nth < count; nth++) await once(nth)
  return count / ((performance.now() - startedAt) / 1000)
}

async function overHttp(place: Place): Promise<void> {
  const hello = await serve('hello')
  const shop = await openShop(place, 'http://127.0.0.1:9')
  try {
    const greeting: HttpCall = {
      ...{ method: 'POST', url: hello.url, headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ hello: 'w'.repeat(100) }),
      check: answers(200, '"hello":"www'),
    }
    const contenders: Contender[] = [
      { name: 'node:http hello', round: () => cpuPerCall(hello, greeting, CALLS) },
      { name: 'check, allowed', round: () => cpuPerCall(shop.house, checkOf(shop, 'ord_2', true), CALLS) },
      { name: 'check, not allowed', round: () => cpuPerCall(shop.house, checkOf(shop, 'ord_1', false), CALLS) },
    ]
    const results = await interleaved(contenders)
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
