// The rate cap of refusals.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CAPACITY, PERIOD_MS, rateCap } from './rate-cap.ts'
import { handClock } from './testing.ts'

const spend = (cap: ReturnType<typeof rateCap>, times: number, remote = '192.0.2.1') =>
  Array.from({ length: times }, () => cap.spend('unauthenticated', remote)).filter(Boolean).length

test('lets 20 through, counts the rest, and reports the count once', () => {
  const cap = rateCap(handClock().elapsed)
  assert.equal(spend(cap, 100), CAPACITY)
  assert.deepEqual(cap.sweep(), [{ reason: 'unauthenticated', remote: '192.0.2.1', suppressed: 80 }])
  assert.deepEqual(cap.sweep(), [])
})

test('refills steadily and never beyond 20', () => {
  const clock = handClock()
  const cap = rateCap(clock.elapsed)
  spend(cap, 100)
  clock.pass(PERIOD_MS / 2)
  assert.equal(spend(cap, 100), CAPACITY / 2)
  clock.pass(100 * PERIOD_MS)
  assert.equal(spend(cap, 100), CAPACITY)
})

test('one address does not use up the room of another', () => {
  const cap = rateCap(handClock().elapsed)
  spend(cap, 100)
  assert.equal(spend(cap, 5, '192.0.2.2'), 5)
})

test('addresses made up by the thousand share one bucket, in bounded memory', () => {
  const clock = handClock()
  const cap = rateCap(clock.elapsed)
  let through = 0
  for (let i = 0; i < 50_000; i++) through += spend(cap, 1, `2001:db8::${i}`)
  assert.equal(through, 1_000 + CAPACITY)
  assert.deepEqual(cap.sweep(), [{ reason: 'unauthenticated', remote: 'others', suppressed: 50_000 - through }])
  clock.pass(PERIOD_MS)
  cap.sweep()
  assert.equal(cap.busy, false)
})
