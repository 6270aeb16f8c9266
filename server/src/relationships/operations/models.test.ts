// Models over HTTP.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulid } from 'ulid'
import { computed, documents, model, self, tuple, type } from '../testing/models.ts'
import { type Served, served } from '../testing/server.ts'

let server: Served
before(async () => {
  server = await served()
})
after(() => server.close())

test('a model reads back as it was written, newest first, and is never changed', async () => {
  const { at, model: first } = await server.freshStore()
  const modular = {
    schema_version: '1.2',
    type_definitions: [
      { type: 'user', relations: null, metadata: null },
      {
        type: 'document',
        relations: { viewer: { this: {} } },
        metadata: {
          module: 'core',
          source_info: { file: 'core.fga' },
          relations: { viewer: { directly_related_user_types: [{ type: 'user', condition: '' }], module: '' } },
        },
      },
    ],
    conditions: {},
  }
  const second = await server.post(`${at}/authorization-models`, modular)
  assert.equal(second.status, 201)
  const { body } = await server.get(`${at}/authorization-models?page_size=1`)
  assert.deepEqual(body.authorization_models[0], {
    id: second.body.authorization_model_id,
    schema_version: '1.2',
    type_definitions: [
      { type: 'user', relations: {} },
      {
        type: 'document',
        relations: { viewer: { this: {} } },
        metadata: {
          module: 'core',
          source_info: { file: 'core.fga' },
          relations: { viewer: { directly_related_user_types: [{ type: 'user' }] } },
        },
      },
    ],
    conditions: {},
  })
  const next = await server.get(`${at}/authorization-models?continuation_token=${body.continuation_token}`)
  assert.deepEqual(
    next.body.authorization_models.map(({ id }: { id: string }) => id),
    [first],
  )
  assert.equal(next.body.continuation_token, '')
  assert.equal((await server.get(`${at}/authorization-models/${first}`)).body.authorization_model.id, first)
  const missing = await server.get(`${at}/authorization-models/${ulid()}`)
  assert.deepEqual([missing.status, missing.body.code], [400, 'authorization_model_not_found'])
})

test('models are refused with the reason: invalid, conditional, old, too many types, too large, too deep', async () => {
  const { at } = await server.freshStore()
  const refused = async (body: object) => {
    const reply = await server.post(`${at}/authorization-models`, body)
    assert.equal(reply.status, 400)
    return reply.body.code
  }
  const many = Array.from({ length: 101 }, (_, n) => type(`t${n}`))
  const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`relation_${n}`, self]))
  const conditional = (conditions: object) => ({ ...documents, conditions })
  const restricted = {
    type: 'd',
    relations: { a: self },
    metadata: {
      relations: {
        a: {
          directly_related_user_types: [{ type: 'd', condition: 'late' }],
        },
      },
    },
  }
  const deep = (levels: number) => `${'{"union":{"child":['.repeat(levels)}{"this":{}}${']}}'.repeat(levels)}`
  assert.equal(await refused(model(type('d', { a: [computed('b')] }))), 'invalid_authorization_model')
  assert.equal(await refused({ ...documents, schema_version: '1.0' }), 'invalid_authorization_model')
  assert.equal(await refused({ ...documents, schema_version: '2.0' }), 'validation_error')
  assert.equal(await refused({ schema_version: '1.1', type_definitions: [] }), 'type_definitions_too_few_items')
  assert.equal(await refused(model(type('a type'))), 'type_invalid_pattern')
  assert.equal(await refused(model({ type: 'd', relations: { 'a:b': self } })), 'relations_invalid_pattern')
  assert.equal(await refused(conditional({ late: { name: 'late', expression: 'x <' } })), 'invalid_authorization_model')
  assert.equal(
    await refused(conditional({ late: { name: 'soon', expression: 'true' } })),
    'invalid_authorization_model',
  )
  assert.equal(await refused(conditional({ late: { name: 'late', expression: '1' } })), 'invalid_authorization_model')
  assert.equal(await refused(model(type('user'), restricted as never)), 'invalid_authorization_model')
  assert.equal(await refused(model(...many)), 'exceeded_entity_limit')
  assert.equal(await refused(model({ type: 'd', relations: wide })), 'exceeded_entity_limit')
  for (const [levels, code] of [
    [30, 'invalid_authorization_model'],
    [10_000, 'validation_error'],
  ] as const) {
    const nested = await server.send({
      method: 'POST',
      url: `/fga${at}/authorization-models`,
      headers: { 'content-type': 'application/json' },
      payload: `{"schema_version":"1.1","type_definitions":[{"type":"d","relations":{"a":${deep(levels)}}}]}`,
    })
    assert.deepEqual([nested.statusCode, nested.json().code], [400, code])
  }
  assert.equal((await server.get(`${at}/authorization-models`)).body.authorization_models.length, 1)
})

test('a store without a model answers so', async () => {
  const { id } = (await server.post('/stores', { name: 'no model' })).body
  const key = tuple('document:1#viewer@user:anne')
  for (const reply of [
    await server.post(`/stores/${id}/check`, { tuple_key: key }),
    await server.post(`/stores/${id}/write`, { writes: { tuple_keys: [key] } }),
  ])
    assert.deepEqual([reply.status, reply.body.code], [400, 'latest_authorization_model_not_found'])
})

test('a question is judged by the model it names, and by the newest where it names none', async () => {
  const { at, model: first, write, check } = await server.freshStore()
  await write(['document:1#viewer@user:*'])
  const narrower = model(type('user'), type('document', { viewer: [self, 'user'] }))
  await server.post(`${at}/authorization-models`, narrower)
  assert.equal((await check('document:1#viewer@user:anne')).body.allowed, false)
  assert.equal((await check('document:1#viewer@user:anne', { authorization_model_id: '' })).body.allowed, false)
  assert.equal((await check('document:1#viewer@user:anne', { authorization_model_id: first })).body.allowed, true)
  assert.equal(
    (await check('document:1#viewer@user:anne', { authorization_model_id: ulid() })).body.code,
    'authorization_model_not_found',
  )
})

test('models of one store cannot have more names together than there are numbers for', async () => {
  const { at, write, check } = await server.freshStore()
  const named = (part: number) =>
    model(
      type('user'),
      type(
        'document',
        Object.fromEntries(
          Array.from({ length: 1500 }, (_, of) => [
            `r${part}_${of}`,
            of === 0 ? [self, 'user'] : [computed(`r${part}_0`)],
          ]),
        ),
      ),
    )
  const statuses: number[] = []
  for (let part = 0; part < 15; part++) {
    const { status, body } = await server.post(`${at}/authorization-models`, named(part))
    statuses.push(status)
    if (status !== 201) assert.equal(body.code, 'exceeded_entity_limit')
  }
  assert.deepEqual(statuses, [...Array(13).fill(201), 400, 400])
  // The names that are there may be used again, and the store goes on.
  assert.equal((await server.post(`${at}/authorization-models`, documents)).status, 201)
  assert.equal((await write(['document:1#viewer@user:anne'])).status, 200)
  assert.equal((await check('document:1#viewer@user:anne')).body.allowed, true)
})
