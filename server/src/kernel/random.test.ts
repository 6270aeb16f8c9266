import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomId } from './random.ts'

test('random bytes have the size asked for, whatever was drawn before', () => {
  for (let size = 1; size <= 64; size++) assert.equal(randomId(size).length, size)
})

test('no bytes are given twice, across many blocks', () => {
  const given = new Set(Array.from({ length: 20_000 }, () => randomId(12).toString('hex')))
  assert.equal(given.size, 20_000)
  assert.ok(!given.has('00'.repeat(12)))
})

test('bytes that were given do not change afterwards', () => {
  const kept = Array.from({ length: 1_000 }, () => randomId(16))
  const before = kept.map((bytes) => bytes.toString('hex'))
  for (let drawn = 0; drawn < 1_000; drawn++) randomId(64)
  assert.deepEqual(
    kept.map((bytes) => bytes.toString('hex')),
    before,
  )
})

test('every value of a byte comes up', () => {
  const seen = new Set(Array.from({ length: 400 }, () => [...randomId(64)]).flat())
  assert.equal(seen.size, 256)
})
