// Over HTTP: a house in a process of its own whose store holds a million tuples, beside a server that only says hello
// and beside one recursive statement on PostgreSQL, in the same rounds.
import assert from 'node:assert/strict'
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import { places } from '../../databases.ts'
import { inTurns, resultOf } from '../../rounds.ts'
import { cpuOf, type Served, serve } from '../../served.ts'
import { type Cell, held, printTable } from '../../table.ts'
import { type Exchange, exchangeAll, openWire, post, repliesWith } from '../../wire.ts'
import { type Opened, openWorld } from '../opened.ts'
import { questionsOf } from '../questions.ts'
import { type ServedStore, serveStore } from '../served-store.ts'
import { quantilesOf } from '../sheet.ts'
import { AT_A_TIME, type Statements, statementsOn } from '../statement.ts'
import { worldOf } from '../world.ts'
import { drive, sizeServed } from '../worlds/index.ts'
import { CHECK, callsOf, MANY } from './calls.ts'
import { printStarts } from './starts.ts'

const CONCURRENCY = 32
const STATEMENTS = 1_000
const HELLO = 'node:http hello'
const STATEMENT = `one recursive statement, ${AT_A_TIME} at a time`
const TARGET = { hello: 0.45, statement: 10 }

export async function http(): Promise<void> {
  const world = worldOf(drive, sizeServed())
  const statements = await statementsOn(world)
  try {
    for (const place of await places()) {
      try {
        const served = await serveStore(place, world)
        try {
          await measure(served, statements, place.name)
        } finally {
          await served.close()
        }
      } finally {
        await place.remove()
      }
    }
  } finally {
    await statements?.close()
  }
}

interface Figures {
  /** Microseconds of the server's; not known of another's. */
  cpu: number
  rate: number
  p50: number
  p99: number
  p999: number
}

async function measure(served: ServedStore, statements: Statements | undefined, place: string): Promise<void> {
  const hello = await serve('hello')
  try {
    const opened = openWorld(served.world)
    const calls = callsOf(served, opened)
    const greeting = { request: post(hello.url, { hello: 'w'.repeat(100) }), check: repliesWith(200, '"hello":"www') }
    const greetings = Array.from({ length: MANY }, () => greeting)
    const results = await inTurns<Figures>([
      { name: HELLO, round: () => figuresOf(hello, greetings) },
      ...calls.map(({ name, round, atATime, lingers = false }) => ({
        name,
        round: () => figuresOf({ ...served.house, lingers }, round(), atATime),
      })),
      ...(statements ? [{ name: STATEMENT, round: () => figuresOfStatements(statements, opened) }] : []),
    ])
    const median = (name: string, figure: keyof Figures) =>
      resultOf((results.get(name) ?? []).map((figures) => figures[figure])).median
    const judged = (name: string): Cell[] => {
      if (name === HELLO || name === STATEMENT) return ['', '']
      const ratio = median(HELLO, 'cpu') / median(name, 'cpu')
      return name === CHECK ? [ratio, held(ratio, { atLeast: TARGET.hello })] : [ratio, '']
    }
    const tuples = served.world.tuples.length.toLocaleString('en-US')
    printTable(
      `Relationships over HTTP, ${place} database, a store of ${tuples} tuples, ${CONCURRENCY} calls at a time`,
      ['call', 'µs CPU', 'per second', 'p50 µs', 'p99 µs', 'p99.9 µs', 'of hello', 'target'],
      [...results.keys()].map((name) => {
        const figures = (['cpu', 'rate', 'p50', 'p99', 'p999'] as const).map((figure) => median(name, figure))
        return [name, ...figures.map((figure) => (Number.isNaN(figure) ? '' : figure)), ...judged(name)]
      }),
    )
    if (statements) {
      const times = median(CHECK, 'rate') / median(STATEMENT, 'rate')
      console.log(
        `\na check over HTTP is ${times.toFixed(1)} × the statement: ${held(times, { atLeast: TARGET.statement })}`,
      )
    }
    await printStarts(served, place)
  } finally {
    await hello.stop()
  }
}

/** Over connections of this round: what is idle between rounds is closed by the server. */
async function figuresOf(server: Served, exchanges: readonly Exchange[], atATime = CONCURRENCY): Promise<Figures> {
  const wires = await Promise.all(Array.from({ length: atATime }, () => openWire(server.url)))
  const { cpu, result } = await cpuOf(server, () => exchangeAll(wires, exchanges))
  for (const wire of wires) wire.close()
  const { seconds, times } = result
  return { cpu: cpu / exchanges.length, rate: exchanges.length / seconds, ...quantilesOf(times) }
}

async function figuresOfStatements(statements: Statements, opened: Opened): Promise<Figures> {
  const questions = questionsOf(opened.world, { pick: 'zipf', seed: 34, count: STATEMENTS })
  const times: number[] = []
  const answers: boolean[] = []
  let next = 0
  const worker = async () => {
    for (let nth = next++; nth < STATEMENTS; nth = next++) {
      const askedAt = performance.now()
      answers[nth] = await statements.ask(questions[nth] as TupleKey)
      times.push((performance.now() - askedAt) * 1000)
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  const seconds = (performance.now() - startedAt) / 1000
  assert.deepEqual(answers, questions.map(opened.check))
  return { cpu: Number.NaN, rate: STATEMENTS / seconds, ...quantilesOf(times) }
}
