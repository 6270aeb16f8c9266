import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ID_PREFIXES, isId, type Noun, newId } from './ids.ts'

test('an id says what it names and fits no other noun', () => {
  for (const noun of Object.keys(ID_PREFIXES) as Noun[]) {
    const id = newId(noun)
    assert.match(id, /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/)
    for (const other of Object.keys(ID_PREFIXES) as Noun[]) assert.equal(isId(other, id), other === noun)
  }
})

test('ids sort by the time they were made', () => {
  const times = [0, 1, 1_700_000_000_000, 1_700_000_000_001, 4_000_000_000_000]
  const ids = times.map((at) => newId('event', at))
  assert.deepEqual([...ids].sort(), ids)
})

test('ten thousand ids of one millisecond are all different', () => {
  assert.equal(new Set(Array.from({ length: 10_000 }, () => newId('event', 5))).size, 10_000)
})
