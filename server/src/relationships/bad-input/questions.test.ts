// Questions that cannot be asked: each refused with OpenFGA's code, and nothing remembered of it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulid } from 'ulid'
import { tuple } from '../testing/models.ts'
import { assumed, CONTEXT, good, KEY, many, NAMES, openStores, type Stores } from '../testing/stores.ts'

let stores: Stores
before(async () => {
  stores = await openStores()
})
after(() => stores.close())

const ASKED = 'document:1#viewer@user:anne'
const of = (text: string, more: object = {}) => ({ tuple_key: tuple(text), context: CONTEXT, ...more })
const named = (body: (name: string) => object) => Object.fromEntries(NAMES.map((name) => [`name ${name}`, body(name)]))

for (const verb of ['check', 'explain'])
  test(`${verb}: a question outside the model, or without what it needs, is refused`, async () => {
    await stores.refuses(`POST AT/${verb}`, {
      tuple_key_value_not_specified: { nothing: {}, null: { tuple_key: null } },
      authorization_model_not_found: { 'no such model': of(ASKED, { authorization_model_id: ulid() }) },
      invalid_tuple: {
        'a contextual relation the model has not': of(ASKED, assumed(tuple('document:1#reader@user:anne'))),
        'a contextual wildcard': of(ASKED, assumed(tuple('document:1#owner@user:*'))),
      },
      validation_error: {
        'a key that is a text': { tuple_key: ASKED },
        'no user': { tuple_key: { relation: 'viewer', object: 'document:1' } },
        'an unknown type': of('folder:1#viewer@user:anne'),
        'an unknown relation': of('document:1#reader@user:anne'),
        'an unknown type of user': of('document:1#viewer@robot:1'),
        'an object without an id': of('document#viewer@user:anne'),
        'every object': of('document:*#viewer@user:anne'),
        // What a condition misses is what an explanation is for.
        ...(verb === 'check' && {
          'no context': { tuple_key: KEY },
          'a context of another type': { tuple_key: KEY, context: { hour: 'noon' } },
        }),
        'a context that is a text': { tuple_key: KEY, context: 'hour' },
        'a context with a NUL': { tuple_key: KEY, context: { hour: '\0' } },
        'an unknown consistency': of(ASKED, { consistency: 'PERFECT' }),
        '101 contextual tuples': of(ASKED, assumed(...many(101, good))),
        'contextual tuples as a list': of(ASKED, { contextual_tuples: [good(1)] }),
        'a contextual condition of another type': of(
          ASKED,
          assumed({ ...KEY, condition: { name: 'late', context: { hour: [] } } }),
        ),
        'a contextual condition without a name': of(ASKED, assumed({ ...good(1), condition: { context: {} } })),
      },
    })
    await stores.refuses(`POST AT/${verb}`, { validation_error: named((name) => of(`${name}:1#viewer@user:anne`)) })
    await stores.refuses(`POST AT/${verb}`, { validation_error: named((name) => of(`document:1#${name}@user:anne`)) })
    await stores.refuses(`POST AT/${verb}`, { validation_error: named((name) => of(`document:1#viewer@${name}:1`)) })
  })

const one = (n: number) => ({ ...of(ASKED), correlation_id: `c${n}` })

test('batch-check: a batch that cannot be told apart, or is too large, is refused', async () => {
  await stores.refuses('POST AT/batch-check', {
    tuple_key_value_not_specified: { 'a check of nothing': { checks: [{ correlation_id: 'a' }] } },
    authorization_model_not_found: { 'no such model': { checks: [one(1)], authorization_model_id: ulid() } },
    validation_error: {
      nothing: {},
      'no checks': { checks: [] },
      '1,001 checks': { checks: many(1001, one) },
      'an id twice': { checks: [one(1), one(1)] },
      'no id': { checks: [of(ASKED)] },
      'an empty id': { checks: [{ ...one(1), correlation_id: '' }] },
      'an id with a dot': { checks: [{ ...one(1), correlation_id: 'a.b' }] },
      'an id of 37 letters': { checks: [{ ...one(1), correlation_id: 'c'.repeat(37) }] },
      '101 contextual tuples in one': { checks: [{ ...one(1), ...assumed(...many(101, good)) }] },
    },
  })
})

test('batch-check: what cannot be answered has its error, and the rest their answers', async () => {
  const { status, body } = await stores.server.post(`${stores.at}/batch-check`, {
    checks: [
      one(1),
      { ...one(2), tuple_key: tuple('document:1#reader@user:anne') },
      { ...one(3), context: { hour: 'noon' } },
      { ...one(4), ...assumed(tuple('document:1#reader@user:anne')) },
      { ...one(5), correlation_id: '__proto__' },
    ],
  })
  assert.equal(status, 200)
  type Result = { allowed?: boolean; error?: { input_error: string } }
  const said = Object.entries(body.result as Record<string, Result>).map(([id, { allowed, error }]) => [
    id,
    allowed ?? error?.input_error,
  ])
  assert.deepEqual(said.sort(), [
    ['__proto__', true],
    ['c1', true],
    ['c2', 'validation_error'],
    ['c3', 'validation_error'],
    ['c4', 'invalid_tuple'],
  ])
})

const objects = { type: 'document', relation: 'viewer', user: 'user:anne', context: CONTEXT }

for (const verb of ['list-objects', 'streamed-list-objects'])
  test(`${verb}: a list outside the model is refused`, async () => {
    await stores.refuses(`POST AT/${verb}`, {
      type_not_found: { 'an unknown type': { ...objects, type: 'folder' }, ...named((type) => ({ ...objects, type })) },
      type_invalid_pattern: { 'a colon': { ...objects, type: 'document:' }, empty: { ...objects, type: '' } },
      relation_not_found: {
        'an unknown relation': { ...objects, relation: 'reader' },
        ...named((relation) => ({ ...objects, relation })),
      },
      invalid_tuple: { 'a contextual tuple the model has not': { ...objects, ...assumed(tuple('a:1#b@c:1')) } },
      validation_error: {
        nothing: {},
        'an unknown type of user': { ...objects, user: 'robot:1' },
        'a user without an id': { ...objects, user: 'user' },
        'no context': { ...objects, context: undefined },
        'a context of another type': { ...objects, context: { hour: {} } },
        '101 contextual tuples': { ...objects, ...assumed(...many(101, good)) },
      },
    })
  })

test('list-users: a list outside the model is refused', async () => {
  const users = {
    ...{ object: { type: 'document', id: '1' }, relation: 'viewer', context: CONTEXT },
    user_filters: [{ type: 'user' }],
  }
  const filtered = (...user_filters: object[]) => ({ ...users, user_filters })
  const at = (type: string, id: string) => ({ ...users, object: { type, id } })
  await stores.refuses('POST AT/list-users', {
    type_not_found: {
      'an unknown type': at('folder', '1'),
      'an unknown type of user': filtered({ type: 'robot' }),
      ...named((type) => at(type, '1')),
    },
    type_invalid_pattern: { 'a space': at('a b', '1'), 'a filter with a #': filtered({ type: 'group#member' }) },
    relation_not_found: {
      'an unknown relation': { ...users, relation: 'reader' },
      'an unknown userset': filtered({ type: 'group', relation: 'boss' }),
      ...named((relation) => ({ ...users, relation })),
    },
    validation_error: {
      nothing: {},
      'an id with a colon': at('document', 'a:b'),
      'every object': at('document', '*'),
      'no filter': filtered(),
      'two filters': filtered({ type: 'user' }, { type: 'group' }),
      'contextual tuples as an object': { ...users, ...assumed(good(1)) },
    },
  })
  await stores.refuses('POST AT/list-users', { type_not_found: named((type) => filtered({ type })) })
})

test('expand: a tree of nothing, or of what the model has not, is refused', async () => {
  const at = (object: string, relation: string) => ({ tuple_key: { object, relation } })
  await stores.refuses('POST AT/expand', {
    invalid_expand_input: {
      'no relation': { tuple_key: { object: 'document:1' } },
      'no object': { tuple_key: { relation: 'viewer' } },
      neither: { tuple_key: {} },
    },
    tuple_key_value_not_specified: { nothing: {} },
    validation_error: {
      'an unknown relation': at('document:1', 'reader'),
      'an unknown type': at('folder:1', 'viewer'),
      'every object': at('document:*', 'viewer'),
      'a userset': at('document:1#viewer', 'viewer'),
      ...named((name) => at(`${name}:1`, 'viewer')),
    },
  })
})
