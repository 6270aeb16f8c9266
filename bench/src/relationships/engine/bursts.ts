// Bursts on a group with thousands of members: its members come and go, or it is put elsewhere, while its members ask.
import assert from 'node:assert/strict'
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import { chance } from '../chance.ts'
import type { Opened } from '../opened.ts'
import type { Reference } from '../reference.ts'
import { quantilesOf, type Sheet, spent } from '../sheet.ts'

const WRITES = 1_000
const QUESTIONS_PER_WRITE = 10
/** Writes after each of which one question is asked of the reference too. */
const ASSERTED = 40

interface Burst {
  name: string
  /** What the nth write puts and the one after it takes, or the other way round. */
  written(nth: number): { tuple: TupleKey; put: boolean }
}

export function measureBursts(opened: Opened, reference: Reference, sheet: Sheet): void {
  const { crowd } = opened.world
  const members = membersOf(opened)
  const bursts: Burst[] = [
    {
      name: `members of a group of ${members.length.toLocaleString('en-US')} go and come`,
      written: (nth) => ({ tuple: members[(nth >> 1) % members.length] as TupleKey, put: nth % 2 === 1 }),
    },
    { name: crowd.move, written: (nth) => ({ tuple: crowd.moved, put: nth % 2 === 0 }) },
  ]
  for (const burst of bursts) {
    const questions = questionsOfMembers(opened, members)
    assertBurst(opened, reference, burst, questions)
    const { writes, asked, cpu } = run(opened, burst, questions)
    sheet.times(`burst: ${burst.name}: a question between`, { ...quantilesOf(asked), cpu }, 'µs')
    sheet.times(
      '  a write of it (CPU is of the write and its questions)',
      {
        ...quantilesOf(writes),
        cpu: cpu * QUESTIONS_PER_WRITE,
      },
      'µs',
    )
  }
}

function membersOf({ world: { tuples, crowd } }: Opened): TupleKey[] {
  const kind = tuples.numberOf(crowd.kind)
  const members: TupleKey[] = []
  for (let row = 0; row < tuples.length; row++)
    if (tuples.kindAt(row) === kind && tuples.objectAt(row) === crowd.object) members.push(tuples.at(row))
  return members
}

/** Everyone who asks is in the group, or was a moment ago. */
function questionsOfMembers({ world: { type, relation, records } }: Opened, members: readonly TupleKey[]): TupleKey[] {
  const random = chance(12)
  return Array.from({ length: WRITES * QUESTIONS_PER_WRITE }, (_, nth) => {
    // Every tenth is the one whose membership has just changed.
    const member = nth % QUESTIONS_PER_WRITE === 0 ? (nth / QUESTIONS_PER_WRITE) >> 1 : random.below(members.length)
    const { user } = members[member % members.length] as TupleKey
    return JSON.parse(JSON.stringify({ user, relation, object: `${type}:${random.zipf(records)}` })) as TupleKey
  })
}

function run(opened: Opened, { written }: Burst, questions: readonly TupleKey[]) {
  const [writes, asked]: [number[], number[]] = [[], []]
  const usage = process.cpuUsage()
  for (let nth = 0; nth < WRITES; nth++) {
    const { tuple, put } = written(nth)
    let before = performance.now()
    if (put) opened.put(tuple)
    else opened.take(tuple)
    let now = performance.now()
    writes.push((now - before) * 1000)
    for (let at = 0; at < QUESTIONS_PER_WRITE; at++) {
      before = now
      opened.check(questions[nth * QUESTIONS_PER_WRITE + at] as TupleKey)
      now = performance.now()
      asked.push((now - before) * 1000)
    }
  }
  return { writes, asked, cpu: spent(usage) / questions.length }
}

function assertBurst(opened: Opened, reference: Reference, { written }: Burst, questions: readonly TupleKey[]): void {
  for (let nth = 0; nth < ASSERTED; nth++) {
    const { tuple, put } = written(nth)
    for (const side of [opened, reference]) put ? side.put(tuple) : side.take(tuple)
    const question = questions[nth * QUESTIONS_PER_WRITE] as TupleKey
    assert.equal(opened.check(question), reference.allows(question), `${JSON.stringify(question)} after write ${nth}`)
  }
}
