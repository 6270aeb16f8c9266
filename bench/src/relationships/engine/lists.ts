// Everything one person may see: complete, and the first thousand names; asked first, and of a list that is kept.
import assert from 'node:assert/strict'
import type { Opened } from '../opened.ts'
import { usersOf } from '../questions.ts'
import type { Reference } from '../reference.ts'
import { type Sheet, timesOf } from '../sheet.ts'

const PEOPLE = 40
/** Of a list whose first names come within a millisecond. */
const READERS = 400
const ROUNDS_BEFORE = 3
/** Lists of a million take seconds each: then fewer people are asked about. */
const MOST_SECONDS = 20
const PAGE = 1_000
const ASSERTED = 60
const TARGET = { atMost: 1 }

export async function measureLists(opened: Opened, reference: Reference, sheet: Sheet): Promise<void> {
  const { world } = opened
  const people = usersOf(world, 10, PEOPLE)
  const of = (nth: number) => people[nth % PEOPLE] ?? ''
  // A write makes every kept list old; this one changes nothing else.
  const forget = () => opened.put(world.tuples.at(0))

  const lengths: number[] = []
  const complete = await timesOf({
    count: PEOPLE,
    mostSeconds: MOST_SECONDS,
    before: forget,
    once(nth) {
      lengths.push(opened.objects(of(nth)).length)
    },
  })
  const upTo = `up to ${Math.max(...lengths).toLocaleString('en-US')} for ${complete.count} people`
  sheet.times(`list-objects, complete (${upTo})`, complete, 'ms')
  const first = await timesOf({
    ...{ count: PEOPLE, mostSeconds: MOST_SECONDS, before: forget },
    once: (nth) => opened.firstObjects(of(nth), PAGE),
  })
  sheet.times('list-objects, first 1,000 names, asked first', first, 'ms', TARGET)
  // Asked first is the list, not the code: others have had theirs before, as in a server at work.
  const others = usersOf(world, 11, (1 + ROUNDS_BEFORE) * READERS)
  const streams = (from: number) =>
    timesOf({
      ...{ count: READERS, mostSeconds: MOST_SECONDS, before: forget },
      once: (nth) => opened.firstStreamed(others[from + nth] ?? '', PAGE),
    })
  for (let round = 1; round <= ROUNDS_BEFORE; round++) await streams(round * READERS)
  const streamed = await streams(0)
  sheet.times('list-objects, streamed: first 1,000 names, asked first', streamed, 'ms', TARGET)
  // Of middling length; lists that are too long are not kept.
  const [nth = 0] = lengths
    .map((_, nth) => nth)
    .sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0))
    .slice(lengths.length >> 1)
  const person = of(nth)
  opened.firstObjects(person, PAGE)
  const again = await timesOf({
    count: 1_000,
    mostSeconds: MOST_SECONDS,
    once: () => opened.firstObjects(person, PAGE),
  })
  const length = (lengths[nth] ?? 0).toLocaleString('en-US')
  sheet.times(`list-objects, first 1,000 names of ${length}, again`, again, 'ms', TARGET)
  assertList(opened, reference, person)
}

/** What is listed is allowed, what is not is not, and the first page is of the list. */
function assertList(opened: Opened, reference: Reference, user: string): void {
  const { type, relation, records } = opened.world
  const objects = opened.objects(user)
  const listed = new Set(objects)
  assert.equal(listed.size, objects.length, 'an object is listed twice')
  const page = opened.firstObjects(user, PAGE)
  assert.equal(page.length, Math.min(PAGE, objects.length))
  assert.ok(page.every((name) => listed.has(name)))
  const evenly = (most: number, nth: number) => Math.floor((nth * most) / ASSERTED)
  for (let nth = 0; nth < ASSERTED; nth++)
    for (const object of [objects[evenly(objects.length, nth)], `${type}:${evenly(records, nth)}`])
      if (object !== undefined)
        assert.equal(listed.has(object), reference.allows({ object, relation, user }), `${object} for ${user}`)
}
