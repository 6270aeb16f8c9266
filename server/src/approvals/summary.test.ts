// What lists know of a request is small, whatever was asked.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { summaryOf } from './summary.ts'

it('plain declared values are kept as they are', () => {
  const context = { amount: 40_000, currency: 'EUR', payee: 'Dana Okafor', urgent: true }
  assert.deepEqual(summaryOf(context), { context })
})

it('long texts are cut where one can see it, and no character is halved', () => {
  const cut = String(summaryOf({ payee: '😀'.repeat(1000) }).context.payee)
  assert.match(cut, /^(?:😀)+…$/u)
  assert.ok(cut.length <= 201)
  assert.doesNotMatch(String(summaryOf({ payee: `a${'😀'.repeat(1000)}` }).context.payee), /\p{Cs}/u)
})

it('stays small with many values, long names and values within values', () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`value ${n}`, 'x'.repeat(5000)]))
  const odd = { ['n'.repeat(5000)]: 1, list: [1], thing: { a: 1 }, nothing: null }
  assert.deepEqual(summaryOf(odd), { context: {} })
  assert.ok(JSON.stringify(summaryOf({ ...odd, ...many })).length < 6_000)
})
