import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Decision, deny, permit, strictest } from './decision.ts'

const reasons = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
const decisions = fc.oneof(
  fc.constant(permit),
  reasons.map((list) => deny(...list)),
  reasons.map((list): Decision => ({ answer: 'ask', policies: list, reasons: list })),
)

test('nothing said means deny', () => {
  assert.deepEqual(strictest([]), deny('nothing_said'))
})

test('deny beats ask, and ask beats permit', () => {
  const ask: Decision = { answer: 'ask', policies: ['p'], reasons: ['r'] }
  assert.equal(strictest([permit, ask]).answer, 'ask')
  assert.equal(strictest([ask, deny('x'), permit]).answer, 'deny')
  assert.equal(strictest([permit, permit]).answer, 'permit')
})

test('the answer does not depend on the order or the grouping of what was said', () => {
  fc.assert(
    fc.property(fc.array(decisions, { minLength: 1 }), fc.array(decisions, { minLength: 1 }), (one, other) => {
      const whole = strictest([...one, ...other])
      assert.deepEqual(strictest([...other, ...one]), whole)
      assert.deepEqual(strictest([strictest(one), strictest(other)]), whole)
    }),
  )
})

test('adding a voice never makes the answer more permissive', () => {
  const rank = { permit: 0, ask: 1, deny: 2 }
  fc.assert(
    fc.property(fc.array(decisions, { minLength: 1 }), decisions, (said, more) => {
      assert.ok(rank[strictest([...said, more]).answer] >= rank[strictest(said).answer])
    }),
  )
})
