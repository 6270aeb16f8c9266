// Every question over HTTP with next to no memory: each puts out what another store's question brought in.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Transaction } from '../../platform/database/index.ts'
import { tuple } from '../testing/models.ts'
import { type Served, served } from '../testing/server.ts'

let server: Served
const state = { away: false, valid: true }
before(async () => {
  server = await served({
    ...{ limit: 1, atOnce: 2, stillValid: () => state.valid },
    // The failure is thrown here on purpose, and told.
    onError: (error) => assert.equal((error as Error).message, 'the database is away'),
    reading: (database) => ({
      async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
        if (state.away) throw new Error('the database is away')
        return database.transaction(work)
      },
    }),
  })
})
after(() => server.close())

const TUPLES = [
  'document:1#owner@user:anne',
  'document:2#parent@document:1',
  'document:3#viewer@group:1#member',
  'group:1#member@group:2#member',
  'group:2#member@user:bob',
]

async function twoStores() {
  const [store, other] = [await server.freshStore(), await server.freshStore()]
  await store.write(TUPLES)
  await other.write(['document:1#owner@user:carl'])
  const held = () => server.relationships.store(store.at.slice('/stores/'.length))?.tuples
  /** Asks `store`, after `other` was asked and took the room. */
  const post = async (path: string, body: object) => {
    await other.check('document:1#viewer@user:carl', { consistency: 'HIGHER_CONSISTENCY' })
    await server.relationships.idle()
    assert.equal(held()?.holding, 'nothing')
    return server.post(`${store.at}/${path}`, body)
  }
  return { store, other, held, post }
}

test('every kind of question waits for what it readSets, and is answered as if it had always been there', async () => {
  const { post } = await twoStores()
  const check = (text: string) => post('check', { tuple_key: tuple(text) })
  assert.equal((await check('document:2#viewer@user:anne')).body.allowed, true)
  assert.equal((await check('document:3#viewer@user:bob')).body.allowed, true)
  assert.equal((await check('document:3#viewer@user:anne')).body.allowed, false)
  const contextual = { tuple_keys: [tuple('group:2#member@user:dora')] }
  const assuming = { tuple_key: tuple('document:3#viewer@user:dora'), contextual_tuples: contextual }
  assert.equal((await post('check', assuming)).body.allowed, true)
  assert.equal((await check('document:3#viewer@user:dora')).body.allowed, false)

  const checks = ['document:1#viewer@user:anne', 'group:1#member@user:bob', 'document:1#viewer@user:bob']
  const batch = await post('batch-check', {
    checks: checks.map((text, nth) => ({ tuple_key: tuple(text), correlation_id: `${nth}` })),
  })
  assert.deepEqual(batch.body.result, { 0: { allowed: true }, 1: { allowed: true }, 2: { allowed: false } })

  const objects = { type: 'document', relation: 'viewer', user: 'user:anne' }
  assert.deepEqual((await post('list-objects', objects)).body.objects.sort(), ['document:1', 'document:2'])
  const page = await post('list-objects', { ...objects, page_size: 1 })
  const next = { ...objects, page_size: 1, continuation_token: page.body.continuation_token }
  const pages = [page, await post('list-objects', next)].flatMap(({ body }) => body.objects)
  assert.deepEqual(pages.sort(), ['document:1', 'document:2'])

  const users = { object: { type: 'document', id: '3' }, relation: 'viewer', user_filters: [{ type: 'user' }] }
  assert.deepEqual((await post('list-users', users)).body.users, [{ object: { type: 'user', id: 'bob' } }])

  const key = { object: 'document:3', relation: 'viewer' }
  const { tree } = (await post('expand', { tuple_key: key })).body
  assert.match(JSON.stringify(tree), /group:1#member/)
  const { path } = (await post('explain', { tuple_key: { ...key, user: 'user:bob' } })).body
  assert.deepEqual(path, [
    'document:3#viewer@group:1#member',
    'group:1#member@group:2#member',
    'group:2#member@user:bob',
  ])
})

test('a list in lines is whole, although its store is put out while it is sent', async () => {
  const { store, other } = await twoStores()
  await store.write(Array.from({ length: 90 }, (_, n) => `document:${n + 100}#owner@user:anne`))
  const [reply, ...others] = await Promise.all([
    server.send({
      ...{ method: 'POST', url: `/fga${store.at}/streamed-list-objects` },
      payload: { type: 'document', relation: 'viewer', user: 'user:anne', consistency: 'HIGHER_CONSISTENCY' },
    }),
    ...[1, 2, 3].map(() => other.check('document:1#viewer@user:carl', { consistency: 'HIGHER_CONSISTENCY' })),
  ])
  for (const { body } of others) assert.equal(body.allowed, true)
  assert.equal(reply.body.trim().split('\n').length, 92)
})

test('where the rows cannot be read every question is unavailable, and none is answered', async () => {
  const { post, store } = await twoStores()
  const key = tuple('document:1#viewer@user:anne')
  const questions: [string, object][] = [
    ['check', { tuple_key: key }],
    ['explain', { tuple_key: key }],
    ['expand', { tuple_key: key }],
    ['batch-check', { checks: [{ tuple_key: key, correlation_id: 'a' }] }],
    ['list-objects', { type: 'document', relation: 'viewer', user: 'user:anne' }],
    ['streamed-list-objects', { type: 'document', relation: 'viewer', user: 'user:anne' }],
    ['list-users', { object: { type: 'document', id: '1' }, relation: 'viewer', user_filters: [{ type: 'user' }] }],
  ]
  await post('check', { tuple_key: tuple('document:1#viewer@user:anne') })
  for (const [path, body] of questions) {
    await twoStores().then(({ post: away }) => away('check', { tuple_key: key }))
    state.away = true
    const { status, body: answer } = await server.post(`${store.at}/${path}`, body)
    state.away = false
    assert.deepEqual([status, answer.code], [503, 'unavailable'], path)
    assert.doesNotMatch(answer.message, /the database is away/)
  }
  assert.equal((await server.post(`${store.at}/check`, { tuple_key: key })).body.allowed, true)
})

test('who lost access while a question waited gets no answer; who did not have to wait is as safe as before', async () => {
  const { post, store } = await twoStores()
  state.valid = false
  const late = await post('check', { tuple_key: tuple('document:1#viewer@user:anne') })
  assert.deepEqual([late.status, late.body.code], [401, 'unauthenticated'])
  assert.equal('allowed' in late.body, false)
  assert.equal((await store.check('document:1#viewer@user:anne')).body.allowed, true)
  state.valid = true
})

test('a question the model does not know is refused without anything being read for it', async () => {
  const { post, held } = await twoStores()
  for (const text of ['folder:1#viewer@user:anne', 'document:1#editor@user:anne', 'constructor:1#viewer@user:anne']) {
    assert.equal((await post('check', { tuple_key: tuple(text) })).status, 400)
    assert.equal(held()?.holding, 'nothing')
  }
  assert.equal((await post('list-objects', { type: 'folder', relation: 'x', user: 'user:anne' })).status, 400)
  assert.equal(held()?.holding, 'nothing')
})
