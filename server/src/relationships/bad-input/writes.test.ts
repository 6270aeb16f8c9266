// Tuples, stores and assertions that cannot be written: refused as a whole, with OpenFGA's code.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulid } from 'ulid'
import { tuple } from '../testing/models.ts'
import { refusedCode, send } from '../testing/refusals.ts'
import { good, KEY, LATE, many, NAMES, openStores, type Stores } from '../testing/stores.ts'

let stores: Stores
before(async () => {
  stores = await openStores()
})
after(() => stores.close())

const writes = (...keys: unknown[]) => ({ writes: { tuple_keys: keys } })
const deletes = (...keys: unknown[]) => ({ deletes: { tuple_keys: keys } })
const there = tuple('document:d0#owner@user:anne')
const late = (context: unknown) =>
  writes({ ...tuple('document:2#viewer@user:bob'), condition: { name: 'late', context } })
const sent = (name: string) =>
  `{"writes":{"tuple_keys":[{"user":"user:bob","relation":"viewer","object":"document:2",
    "condition":{"name":"late","context":{"${name}":1}}}]}}`

test('a store is refused without a name that can be one', async () => {
  await stores.refuses('POST /stores', {
    validation_error: {
      'no name': {},
      'too short': { name: 'ab' },
      'too long': { name: 'a'.repeat(65) },
      markup: { name: '<b>' },
    },
  })
})

test('a write is refused as a whole for what it asks together', async () => {
  await stores.refuses('POST AT/write', {
    invalid_write_input: { nothing: {}, 'empty lists': { ...writes(), ...deletes() } },
    validation_error: { 'one bad tuple among 99 good': writes(...many(99, good), tuple('document:1#reader@user:bob')) },
    write_failed_due_to_invalid_input: {
      'one that is there among 99 new': writes(...many(99, good), there),
      'one that is missing among those there': deletes(there, good(5)),
      'one that is missing beside 9 new': { ...writes(...many(9, good)), ...deletes(good(10)) },
    },
    cannot_allow_duplicate_tuples_in_one_request: {
      'a tuple twice': writes(...many(98, good), good(1)),
      'a tuple written and deleted': { ...writes(good(1)), ...deletes(good(1)) },
      'a tuple with another condition': writes(KEY, { ...KEY, condition: LATE }),
    },
    exceeded_entity_limit: {
      '101 tuples': writes(...many(101, good)),
      '51 and 50': { ...writes(...many(51, good)), ...deletes(...many(50, (n) => good(n + 60))) },
    },
  })
})

test('a tuple is refused that the model, or no model, allows', async () => {
  await stores.refuses('POST AT/write', {
    authorization_model_not_found: { 'no such model': { ...writes(good(1)), authorization_model_id: ulid() } },
    validation_error: {
      'a model that is no ULID': { ...writes(good(1)), authorization_model_id: 'latest' },
      'another way with duplicates': { writes: { tuple_keys: [good(1)], on_duplicate: 'overwrite' } },
      'an unknown type': writes(tuple('folder:1#owner@user:bob')),
      'an unknown relation': writes(tuple('document:1#reader@user:bob')),
      'an unknown type of user': writes(tuple('document:1#owner@robot:bob')),
      'a wildcard that is not allowed': writes(tuple('document:1#owner@user:*')),
      'a relation to itself': writes(tuple('group:1#member@group:1#member')),
      'a relation of 51 letters': writes({ ...KEY, relation: 'r'.repeat(51) }),
      'an object of 257 bytes': writes({ ...KEY, object: `document:${'é'.repeat(124)}` }),
      'a user of 513 bytes': writes({ ...KEY, user: `user:${'u'.repeat(508)}` }),
      'a line break in a user': writes({ ...KEY, user: 'user:a\nb' }),
      'no user': writes({ relation: 'owner', object: 'document:1' }),
      'an empty object': writes({ ...KEY, object: '' }),
    },
  })
})

test('a condition is refused that the model has not, or with a context that does not fit', async () => {
  await stores.refuses('POST AT/write', {
    validation_error: {
      'an unknown condition': writes({ ...KEY, condition: { name: 'early' } }),
      'no name': writes({ ...tuple('document:2#owner@user:bob'), condition: { context: {} } }),
      'an empty name': writes({ ...tuple('document:2#owner@user:bob'), condition: { name: '' } }),
      'one that is not for it': writes({ ...tuple('document:2#owner@user:bob'), condition: LATE }),
      'an unknown parameter': late({ minute: 1 }),
      'a parameter of another type': late({ hour: 'noon' }),
      'a part of a number': late({ hour: 1.5 }),
      'an item of another type': late({ tags: [1] }),
      'a context of 33 KiB': late({ tags: ['t'.repeat(33_000)] }),
      'a NUL in a value': late({ tags: ['\0'] }),
      'half a character in a value': late({ tags: ['\ud800'] }),
      'a NUL in a name': late({ 'a\0': 1 }),
      'a list': late([1]),
      'a text': late('hour'),
    },
  })
})

test('names that mean something to JavaScript are unknown names', async () => {
  for (const name of NAMES)
    await stores.refuses('POST AT/write', {
      validation_error: {
        [`type ${name}`]: writes(tuple(`${name}:1#owner@user:bob`)),
        [`relation ${name}`]: writes(tuple(`document:1#${name}@user:bob`)),
        [`user type ${name}`]: writes(tuple(`document:1#owner@${name}:bob`)),
        [`userset ${name}`]: writes(tuple(`document:1#viewer@group:1#${name}`)),
        [`condition ${name}`]: writes({ ...KEY, condition: { name } }),
        [`parameter ${name}`]: sent(name),
      },
    })
})

test('an escaped backslash before u0000 is a text like any other', async () => {
  const { at, server } = stores
  const asks = { tuple_key: KEY, context: { hour: 20, note: String.raw`a\u0000b \ud800` } }
  assert.equal((await server.post(`${at}/check`, asks)).body.allowed, true)
})

test('assertions are refused that the model does not understand', async () => {
  const asserted = (...of: object[]) => ({ assertions: of.map((one) => ({ expectation: true, ...one })) })
  await stores.refuses('PUT AT/assertions/MODEL', {
    assertions_too_many_items: { '101': asserted(...many(101, () => ({ tuple_key: KEY }))) },
    tuple_key_value_not_specified: { 'of nothing': asserted({}), 'of null': asserted({ tuple_key: null }) },
    validation_error: {
      'an unknown relation': asserted({ tuple_key: { ...KEY, relation: 'reader' } }),
      '21 contextual tuples': asserted({ tuple_key: KEY, contextual_tuples: many(21, good) }),
      'a contextual tuple the model has not': asserted({ tuple_key: KEY, contextual_tuples: [tuple('a:1#b@c:1')] }),
      'more than 64 KiB': asserted(...many(100, () => ({ tuple_key: KEY, context: { note: 'n'.repeat(700) } }))),
    },
  })
  const { server, at, split, untouched } = stores
  for (const [model, code] of [
    [ulid(), 'authorization_model_not_found'],
    ['latest', 'validation_error'],
  ] as const) {
    const reply = await send(server, { ...split(`PUT ${at}/assertions/${model}`), text: '{"assertions":[]}' })
    assert.equal(refusedCode(reply, model), code)
  }
  await untouched('assertions')
})
