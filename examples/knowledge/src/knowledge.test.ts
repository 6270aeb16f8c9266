// The document server by itself: it finds, it ranks, and it shows everything to whoever has its key.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DIMENSIONS, embed } from './embedding.ts'
import { openIndex, type PassageIndex } from './index-of-passages.ts'

let index: PassageIndex
before(async () => {
  index = await openIndex()
})
after(() => index.close())

test('the nearest passages come first, and pages follow each other', async () => {
  const found = await index.search('executive discount on the rocket skates', { offset: 0, limit: 10 })
  assert.equal(found[0]?.document, 'executive-rocket-skates')
  assert.deepEqual(
    found.map(({ distance }) => distance),
    found.map(({ distance }) => distance).sort((one, other) => one - other),
  )
  const next = await index.search('executive discount on the rocket skates', { offset: 5, limit: 5 })
  assert.deepEqual(next, found.slice(5))
  assert.deepEqual(await index.search('anything', { offset: index.count, limit: 5 }), [])
})

test('a text has one embedding, of length one, and no text has none', () => {
  assert.deepEqual(embed('Acme  Corp!'), embed('acme corp'))
  assert.equal(embed('acme').length, DIMENSIONS)
  assert.ok(Math.abs(Math.hypot(...embed('acme corp pricing')) - 1) < 1e-9)
  assert.equal(Math.hypot(...embed('')), 0)
})
