// Checks by name: as Zipf did and evenly, alone, in batches, and with writes among them; held against the reference.
import assert from 'node:assert/strict'
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import type { Opened } from '../opened.ts'
import { PICKS, questionsOf } from '../questions.ts'
import type { Reference } from '../reference.ts'
import { ratesOf, type Sheet, timesOf } from '../sheet.ts'

const CHECKS = 100_000
/** Of the questions that are measured, those the reference answers too: half of them allowed. */
const ASSERTED = 100
const BATCH = 50
/** Questions to one write. */
const PER_WRITE = 100
const TARGET = { perSecond: 250_000 }

export async function measureChecks(opened: Opened, reference: Reference, sheet: Sheet): Promise<void> {
  const { world } = opened
  for (const [nth, { pick, title }] of PICKS.entries()) {
    const questions = questionsOf(world, { pick, seed: 5 + nth, count: CHECKS })
    assertAnswers(opened, reference, questions)
    const allowed = questions.filter(opened.check).length
    let counted = 0
    const ask = (at: number) => {
      if (opened.check(questions[at] as TupleKey)) counted += 1
    }
    const share = Math.round((100 * allowed) / CHECKS)
    sheet.times(`check, ${title} (${share} % allowed, 10 % of names unknown)`, ratesOf(CHECKS, ask), 'µs', TARGET)
    assert.equal(counted, 3 * allowed, 'the same questions were answered otherwise')
    sheet.times('  the same with 1 % writes', ratesOf(CHECKS, withWrites(opened, questions)), 'µs')
    assertAnswers(opened, reference, questions.toReversed())
  }
  const questions = questionsOf(world, { pick: 'zipf', seed: 7, count: CHECKS })
  const batches = await timesOf({
    count: CHECKS / BATCH,
    once(nth) {
      for (let at = nth * BATCH; at < (nth + 1) * BATCH; at++) opened.check(questions[at] as TupleKey)
    },
  })
  sheet.times(`batch of ${BATCH}`, batches, 'µs')
}

/** The engine says what the reference says, of questions it allows and of questions it does not. */
function assertAnswers(opened: Opened, reference: Reference, questions: readonly TupleKey[]): void {
  for (const allowed of [true, false]) {
    const some = questions.filter((question) => opened.check(question) === allowed).slice(0, ASSERTED / 2)
    assert.ok(some.length > 0, `no question is ${allowed ? 'allowed' : 'denied'}`)
    for (const question of some) assert.equal(reference.allows(question), allowed, JSON.stringify(question))
  }
}

/** Takes a tuple away and, at the next write, puts it back; tuples from all over the world. */
function withWrites(opened: Opened, questions: readonly TupleKey[]): (at: number) => void {
  const { tuples } = opened.world
  const many = CHECKS / PER_WRITE / 2
  const written = Array.from({ length: many }, (_, nth) => tuples.at(Math.floor((nth * tuples.length) / many)))
  return (at) => {
    if (at % PER_WRITE === 0) {
      const write = at / PER_WRITE
      const tuple = written[write >> 1] as TupleKey
      if (write % 2 === 0) opened.take(tuple)
      else opened.put(tuple)
    }
    opened.check(questions[at] as TupleKey)
  }
}
