// Checks, lists and trees over HTTP.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { tuple } from '../testing/models.ts'
import { type Served, served } from '../testing/server.ts'

let server: Served
before(async () => {
  server = await served()
})
after(() => server.close())

test('a question outside the model is refused with the code of what is missing', async () => {
  const { at, check } = await server.freshStore()
  for (const text of [
    'folder:1#viewer@user:anne',
    'document:1#reader@user:anne',
    'document:1#viewer@bot:b',
    'document:*#viewer@user:anne',
    'document:1#viewer@group:a#owner',
    'document:1#viewer@anne',
  ])
    assert.deepEqual(await check(text).then(({ status, body }) => [status, body.code]), [400, 'validation_error'])
  const objects = async (more: object) =>
    (await server.post(`${at}/list-objects`, { type: 'document', relation: 'viewer', user: 'user:anne', ...more })).body
      .code
  assert.equal(await objects({ type: 'folder' }), 'type_not_found')
  assert.equal(await objects({ relation: 'reader' }), 'relation_not_found')
  assert.equal(await objects({ user: 'bot:b' }), 'validation_error')
  const users = async (more: object) =>
    (
      await server.post(`${at}/list-users`, {
        object: { type: 'document', id: '1' },
        relation: 'viewer',
        user_filters: [{ type: 'user' }],
        ...more,
      })
    ).body.code
  assert.equal(await users({ object: { type: 'folder', id: '1' } }), 'type_not_found')
  assert.equal(await users({ relation: 'reader' }), 'relation_not_found')
  assert.equal(await users({ user_filters: [{ type: 'bot' }] }), 'type_not_found')
  assert.equal(await users({ user_filters: [{ type: 'group', relation: 'owner' }] }), 'relation_not_found')
  assert.equal(await users({ user_filters: [] }), 'validation_error')
  assert.equal(await users({ object: { type: 'document', id: '*' } }), 'validation_error')
  const expanded = await server.post(`${at}/expand`, { tuple_key: { object: 'document:1' } })
  assert.equal(expanded.body.code, 'invalid_expand_input')
  assert.equal((await server.post(`${at}/check`)).body.code, 'tuple_key_value_not_specified')
  assert.equal(
    (await server.post('/stores/not-a-ulid/check', { tuple_key: tuple('document:1#viewer@user:a') })).body.code,
    'validation_error',
  )
})

test('contextual tuples count for their question alone, and must fit the model', async () => {
  const { at, check } = await server.freshStore()
  const contextual = (...texts: string[]) => ({ contextual_tuples: { tuple_keys: texts.map(tuple) } })
  const question = 'document:1#viewer@user:anne'
  assert.equal((await check(question, contextual('document:1#owner@user:anne'))).body.allowed, true)
  assert.equal((await check(question)).body.allowed, false)
  assert.equal((await check(question, contextual('document:1#owner@user:*'))).body.code, 'invalid_tuple')
  const listed = await server.post(`${at}/list-objects`, {
    type: 'document',
    relation: 'viewer',
    user: 'user:anne',
    ...contextual('document:7#owner@user:anne', 'document:8#parent@document:7'),
  })
  assert.deepEqual(listed.body, { objects: ['document:7', 'document:8'] })
  const users = await server.post(`${at}/list-users`, {
    object: { type: 'document', id: '7' },
    relation: 'viewer',
    user_filters: [{ type: 'user' }],
    contextual_tuples: [tuple('document:7#owner@user:anne'), tuple('document:7#viewer@user:*')],
  })
  assert.deepEqual(users.body, { users: [{ wildcard: { type: 'user' } }, { object: { type: 'user', id: 'anne' } }] })
  assert.deepEqual((await server.post(`${at}/read`)).body.tuples, [])
})

test('a batch answers each check by its id, and an error in one is not an error of the others', async () => {
  const { at, write } = await server.freshStore()
  await write(['document:1#owner@user:anne'])
  const item = (correlation_id: string, text: string) => ({ correlation_id, tuple_key: tuple(text) })
  const checks = [
    item('yes', 'document:1#viewer@user:anne'),
    item('no', 'document:1#viewer@user:bob'),
    item('wrong', 'document:1#reader@user:anne'),
  ]
  const { status, body } = await server.post(`${at}/batch-check`, { checks })
  assert.equal(status, 200)
  assert.deepEqual(body.result.yes, { allowed: true })
  assert.deepEqual(body.result.no, { allowed: false })
  assert.equal(body.result.wrong.error.input_error, 'validation_error')
  const many = (count: number) => Array.from({ length: count }, (_, n) => item(`c${n}`, 'document:1#viewer@user:anne'))
  assert.equal(Object.keys((await server.post(`${at}/batch-check`, { checks: many(1000) })).body.result).length, 1000)
  for (const wrong of [[], many(1001), [...many(1), ...many(1)], [item('not an id', 'document:1#viewer@user:anne')]])
    assert.equal((await server.post(`${at}/batch-check`, { checks: wrong })).body.code, 'validation_error')
})

test('a relation expands into the tree of its rewrite', async () => {
  const { at, write } = await server.freshStore()
  await write(['document:1#viewer@user:bob', 'document:1#viewer@group:a#member', 'document:1#parent@document:2'])
  const { body } = await server.post(`${at}/expand`, { tuple_key: { object: 'document:1', relation: 'viewer' } })
  const name = 'document:1#viewer'
  assert.deepEqual(body.tree.root, {
    name,
    union: {
      nodes: [
        { name, leaf: { users: { users: ['group:a#member', 'user:bob'] } } },
        { name, leaf: { computed: { userset: 'document:1#owner' } } },
        {
          name,
          leaf: { tupleToUserset: { tupleset: 'document:1#parent', computed: [{ userset: 'document:2#viewer' }] } },
        },
      ],
    },
  })
})
