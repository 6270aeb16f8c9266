// A thousand records filtered for one person: by name, asked first and again, and by number.
import assert from 'node:assert/strict'
import type { Opened } from '../opened.ts'
import { recordIds, usersOf } from '../questions.ts'
import type { Reference } from '../reference.ts'
import { type Sheet, timesOf } from '../sheet.ts'

const FILTERED = 1_000
const PEOPLE = 100
/** Of one person's records, those the reference is asked about too. */
const ASSERTED = 100
const TARGET = { byName: { atMost: 2 }, byHandle: { atMost: 50 } }

export async function measureFilters(opened: Opened, reference: Reference, sheet: Sheet): Promise<void> {
  const { world } = opened
  const ids = recordIds(world, 8, FILTERED)
  const people = usersOf(world, 9, PEOPLE)
  const ask = (nth: number) => opened.filter(people[nth % PEOPLE] ?? '', ids)

  // Asked first is the question, not the code: others have asked before, as in a server at work.
  const others = usersOf(world, 19, PEOPLE)
  await timesOf({ count: PEOPLE, once: (nth) => opened.filter(others[nth] ?? '', ids) })
  const first = await timesOf({ count: PEOPLE, once: ask })
  sheet.times(`filter of ${FILTERED} by name, asked first`, first, 'ms', TARGET.byName)
  const again = await timesOf({ count: 10 * PEOPLE, once: ask })
  sheet.times(`filter of ${FILTERED} by name, again`, again, 'ms', TARGET.byName)

  const [person = ''] = people
  const byHandle = opened.filterByHandle(person, ids)
  const handled = await timesOf({ count: 20 * PEOPLE, once: byHandle })
  sheet.times(`filter of ${FILTERED} by handle, again`, handled, 'µs', TARGET.byHandle)

  const named = await opened.filter(person, ids)
  assert.deepEqual(
    Array.from(byHandle(), (one) => one === 1),
    named,
    'by handle otherwise than by name',
  )
  for (const [nth, id] of ids.slice(-ASSERTED).entries()) {
    const question = { user: person, relation: world.relation, object: `${world.type}:${id}` }
    assert.equal(named[FILTERED - ASSERTED + nth], reference.allows(question), JSON.stringify(question))
  }
}
