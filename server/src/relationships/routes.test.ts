// What every route shares: paths, waiting for positions, refusals, records.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulid } from 'ulid'
import { documents, tuple } from './testing/models.ts'
import { type Served, served } from './testing/server.ts'

let server: Served
before(async () => {
  server = await served()
})
after(() => server.close())

test('every path of a store that is not there is store_id_not_found', async () => {
  const at = `/stores/${ulid()}`
  const key = tuple('document:1#viewer@user:anne')
  const replies = await Promise.all([
    server.get(at),
    server.post(`${at}/authorization-models`, documents),
    server.get(`${at}/authorization-models`),
    server.get(`${at}/authorization-models/${ulid()}`),
    server.post(`${at}/write`, { writes: { tuple_keys: [key] } }),
    server.post(`${at}/write`, { deletes: { tuple_keys: [key] } }),
    server.post(`${at}/read`),
    server.get(`${at}/changes`),
    server.post(`${at}/check`, { tuple_key: key }),
    server.post(`${at}/batch-check`, { checks: [{ tuple_key: key, correlation_id: 'a' }] }),
    server.post(`${at}/list-objects`, { type: 'document', relation: 'viewer', user: 'user:anne' }),
    server.post(`${at}/list-users`, {
      object: { type: 'document', id: '1' },
      relation: 'viewer',
      user_filters: [{ type: 'user' }],
    }),
    server.post(`${at}/expand`, { tuple_key: { object: 'document:1', relation: 'viewer' } }),
  ])
  for (const { status, body } of replies) assert.deepEqual([status, body.code], [404, 'store_id_not_found'])
})

test('a question waits for the position it names, and is unavailable where that does not come', async () => {
  const { at, write, check } = await server.freshStore()
  const { position } = await write(['document:1#owner@user:anne'])
  const question = { tuple_key: tuple('document:1#viewer@user:anne') }
  const seen = await server.post(`${at}/check`, question, { 'x-mandate-at-least': String(position) })
  assert.equal(seen.body.allowed, true)
  assert.ok(seen.position >= position)
  for (const path of ['check', 'read']) {
    const beyond = await server.post(`${at}/${path}`, question, { 'x-mandate-at-least': String(position + 1000) })
    assert.deepEqual([beyond.status, beyond.body.code], [503, 'unavailable'])
  }
  for (const nonsense of ['soon', '-1', '1.5', '1e400'])
    assert.equal(
      (await server.post(`${at}/check`, question, { 'x-mandate-at-least': nonsense })).body.code,
      'validation_error',
    )
  assert.equal((await check('document:1#viewer@user:anne', { consistency: 'HIGHER_CONSISTENCY' })).body.allowed, true)
  assert.equal(
    (await check('document:1#viewer@user:anne', { consistency: 'EVENTUALLY' })).body.code,
    'validation_error',
  )
})

test('a body cannot name another store than its path, nor lift the wait its header asks for', async () => {
  const [mine, theirs] = [await server.freshStore(), await server.freshStore()]
  await theirs.write(['document:1#owner@user:anne'])
  const their = theirs.at.slice('/stores/'.length)
  assert.equal((await mine.check('document:1#viewer@user:anne', { store_id: their })).body.allowed, false)
  const beyond = await server.post(
    `${mine.at}/check`,
    { tuple_key: tuple('document:1#viewer@user:anne'), at_least: 0 },
    { 'x-mandate-at-least': '1000000' },
  )
  assert.equal(beyond.status, 503)
})

test('refusals of ours say what is wrong without saying how we are built', async () => {
  const reply = await server.post('/stores', { name: 'x'.repeat(65) })
  assert.deepEqual([reply.status, reply.body.code], [400, 'validation_error'])
  assert.match(reply.body.message, /^name: must have 3 to 64/)
  for (const body of [[], 'text', 7]) {
    const odd = await server.send({
      method: 'POST',
      url: '/fga/stores',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(body),
    })
    assert.deepEqual([odd.statusCode, odd.json().code], [400, 'validation_error'])
  }
})
