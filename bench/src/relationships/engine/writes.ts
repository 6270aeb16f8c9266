// Writes into memory, as the change log brings them: one tuple, and a hundred together.
import assert from 'node:assert/strict'
import type { Opened } from '../opened.ts'
import { type Sheet, timesOf } from '../sheet.ts'

const WRITES = 1_000
const MANY = 100

export async function measureWrites(opened: Opened, sheet: Sheet): Promise<void> {
  const { tuples } = opened.world
  const before = opened.size
  const step = Math.max(1, Math.floor(tuples.length / WRITES))
  const some = Array.from({ length: WRITES }, (_, nth) => tuples.at((nth * step) % tuples.length))
  const each = (work: (tuple: (typeof some)[number]) => void, from: number, count: number) => {
    for (const tuple of some.slice(from, from + count)) work(tuple)
  }
  const rounds = WRITES / MANY
  const taken = await timesOf({ count: WRITES, once: (nth) => each(opened.take, nth, 1) })
  const put = await timesOf({ count: WRITES, once: (nth) => each(opened.put, nth, 1) })
  sheet.times('write of one tuple', put, 'µs')
  sheet.times('delete of one tuple', taken, 'µs')
  let nth = 0
  const hundreds = await timesOf({
    count: 10 * rounds,
    before: () => each(opened.take, (nth++ % rounds) * MANY, MANY),
    once: (at) => each(opened.put, (at % rounds) * MANY, MANY),
  })
  sheet.times(`write of ${MANY} tuples`, hundreds, 'µs')
  assert.equal(opened.size, before, 'a tuple was lost, or is there twice')
}
