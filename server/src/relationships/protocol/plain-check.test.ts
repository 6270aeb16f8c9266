// Whatever is read plainly is read as the schema reads it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from '../../pipeline/parse.ts'
import { CheckBody } from './bodies.ts'
import { Check, plainCheck } from './plain-check.ts'

const STORE = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
const plain = {
  store_id: STORE,
  authorization_model_id: '01BX5ZZKBKACTAV9WEVGEMMVRZ',
  tuple_key: { user: 'user:anne', relation: 'viewer', object: 'document:1' },
  at_least: undefined,
}

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('user:anne', 'group:a#member', 'document:1', 'viewer', '#', ':') },
  fc.constantFrom(
    'user:anne',
    'group:a#member',
    'user:*',
    'document:1',
    'viewer',
    'can view',
    '',
    'a\0b',
    '\ud800',
    'é',
  ),
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ minLength: 250, maxLength: 520, unit: fc.constantFrom('a', 'ü', ':') }),
)
const other = fc.anything()
const mostly = <T>(usual: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: other })
const rarely = <T>(unusual: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: unusual },
    { weight: 1, arbitrary: other },
  )
const input = fc.record(
  {
    store_id: mostly(fc.constantFrom(STORE, STORE, STORE, STORE.toLowerCase(), `${STORE}x`)),
    authorization_model_id: rarely(fc.constantFrom(null, '', STORE, 'x')),
    tuple_key: mostly(
      fc.record(
        { user: mostly(name), relation: mostly(name), object: mostly(name), condition: other },
        { requiredKeys: ['user', 'relation', 'object'] },
      ),
    ),
    at_least: rarely(fc.constant('7')),
    consistency: rarely(fc.constantFrom(null, 'UNSPECIFIED', 'HIGHER_CONSISTENCY', 'EVENTUALLY')),
    contextual_tuples: rarely(fc.constantFrom(null, { tuple_keys: [] }, { tuple_keys: [plain.tuple_key] })),
    context: rarely(fc.constantFrom(null, {}, { x: 1 })),
    trace: other,
  },
  { requiredKeys: ['store_id', 'tuple_key'] },
)

/** What is absent is undefined to whoever reads it. */
const asked = (given: unknown) => ({
  ...{ authorization_model_id: undefined, at_least: undefined, context: undefined },
  ...CheckBody.parse(given),
})

test('a plain check needs no schema, and is what the schema makes of it', () => {
  assert.deepEqual(plainCheck(plain), asked(plain))
  assert.deepEqual(parse(Check, plain), asked(plain))
  let read = 0
  const runs = 20_000
  fc.assert(
    fc.property(input, (given) => {
      const found = plainCheck(given)
      if (found === undefined) return
      read += 1
      assert.deepEqual(found, asked(given))
    }),
    { numRuns: runs },
  )
  assert.ok(read > runs / 100, `${read} of ${runs} were plain`)
})

test('what is not plain is left to the schema', () => {
  const { tuple_key } = plain
  for (const more of [
    { consistency: 'HIGHER_CONSISTENCY' },
    { at_least: '7' },
    { context: {} },
    { contextual_tuples: { tuple_keys: [] } },
    { store_id: 'x' },
    { tuple_key: { ...tuple_key, user: 'user:né' } },
    { tuple_key: { ...tuple_key, relation: 'a b' } },
    { tuple_key: null },
  ])
    assert.equal(plainCheck({ ...plain, ...more }), undefined, JSON.stringify(more))
})
