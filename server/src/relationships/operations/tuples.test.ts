// Writing, reading and following tuples over HTTP.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulid } from 'ulid'
import { tuple } from '../testing/models.ts'
import { type Served, served } from '../testing/server.ts'

let server: Served
before(async () => {
  server = await served()
})
after(() => server.close())

test('what was written is allowed at once, and what was deleted is not', async () => {
  const { write, erase, check } = await server.freshStore()
  const written = await write(['document:1#owner@user:anne', 'document:2#parent@document:1'])
  assert.deepEqual([written.status, written.body], [200, {}])
  assert.ok(written.position > 0)
  const allowed = await check('document:2#viewer@user:anne')
  assert.deepEqual(allowed.body, { allowed: true, resolution: '' })
  assert.ok(allowed.position >= written.position)
  await erase(['document:1#owner@user:anne'])
  assert.deepEqual((await check('document:2#viewer@user:anne')).body, { allowed: false, resolution: '' })
})

test('a write is all or nothing', async () => {
  const { at, write, erase, check } = await server.freshStore()
  await write(['document:1#owner@user:anne'])
  const twice = await write(['document:2#owner@user:anne', 'document:1#owner@user:anne'])
  assert.deepEqual([twice.status, twice.body.code], [400, 'write_failed_due_to_invalid_input'])
  assert.match(twice.body.message, /user: 'user:anne', relation: 'owner', object: 'document:1'/)
  assert.equal((await check('document:2#owner@user:anne')).body.allowed, false)
  const missing = await erase(['document:1#owner@user:anne', 'document:9#owner@user:anne'])
  assert.deepEqual([missing.status, missing.body.code], [400, 'write_failed_due_to_invalid_input'])
  assert.equal((await check('document:1#owner@user:anne')).body.allowed, true)
  const mixed = await server.post(`${at}/write`, {
    deletes: { tuple_keys: [tuple('document:1#owner@user:anne')] },
    writes: { tuple_keys: [tuple('document:3#owner@user:anne'), tuple('document:3#nothing@user:anne')] },
  })
  assert.equal(mixed.body.code, 'validation_error')
  assert.equal((await check('document:1#owner@user:anne')).body.allowed, true)
})

test('duplicates and missing tuples pass when the request says to ignore them, and only changes are recorded', async () => {
  const { at, write, erase } = await server.freshStore()
  await write(['document:1#owner@user:anne'])
  const again = await write(['document:1#owner@user:anne', 'document:2#owner@user:anne'], { on_duplicate: 'ignore' })
  assert.deepEqual([again.status, again.body], [200, {}])
  const gone = await erase(['document:9#owner@user:anne'], { on_missing: 'ignore' })
  assert.deepEqual([gone.status, gone.body], [200, {}])
  assert.ok(gone.position > again.position)
  const { changes } = (await server.get(`${at}/changes`)).body
  assert.deepEqual(
    changes.map(({ tuple_key }: { tuple_key: { object: string } }) => tuple_key.object),
    ['document:1', 'document:2'],
  )
})

test('of writers of the same tuple at the same time exactly one succeeds', async () => {
  const { write } = await server.freshStore()
  const replies = await Promise.all(Array.from({ length: 8 }, () => write(['document:1#owner@user:anne'])))
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 400, 400, 400, 400, 400, 400, 400])
})

test('writes the model or the limits do not allow are refused', async () => {
  const { at, write, erase } = await server.freshStore()
  const code = async (reply: Promise<{ status: number; body: { code: string } }>) => {
    const { status, body } = await reply
    assert.equal(status, 400)
    return body.code
  }
  const invalid = [
    'document:1#owner@user:*',
    'document:1#owner@group:a#member',
    'document:1#viewer@group:a',
    'document:1#viewer@group:a#owner',
    'document:1#viewer@bot:b',
    'document:1#viewer@anne',
    'document:1#viewer@user:',
    'document:*#viewer@user:anne',
    'document#viewer@user:anne',
    'folder:1#viewer@user:anne',
    'document:1#viewer@document:1#viewer',
    'document:1#viewer@user:an ne',
    'document:1#viewer@user:an:ne',
    'document:1#viewer@group:*#member',
    'document:1#viewer@user:a\0b',
    'document:1#viewer@user:\ud800',
    `document:1#viewer@user:${'a'.repeat(512)}`,
    `document:${'é'.repeat(128)}#viewer@user:a`,
  ]
  for (const text of invalid) assert.equal(await code(write([text])), 'validation_error', text)
  const many = Array.from({ length: 101 }, (_, n) => `document:${n}#owner@user:anne`)
  assert.equal(await code(write(many)), 'exceeded_entity_limit')
  assert.equal(await code(write([])), 'invalid_write_input')
  assert.equal(await code(server.post(`${at}/write`)), 'invalid_write_input')
  assert.equal(
    await code(write(many.slice(0, 1).concat(many.slice(0, 1)))),
    'cannot_allow_duplicate_tuples_in_one_request',
  )
  assert.equal(
    await code(
      server.post(`${at}/write`, {
        authorization_model_id: ulid(),
        writes: { tuple_keys: [tuple('document:1#owner@user:a')] },
      }),
    ),
    'authorization_model_not_found',
  )
  const conditional = { ...tuple('document:1#owner@user:a'), condition: { name: 'late' } }
  assert.equal(await code(server.post(`${at}/write`, { writes: { tuple_keys: [conditional] } })), 'validation_error')
  assert.equal(await code(erase(['document:1#owner@user:anne'])), 'write_failed_due_to_invalid_input')
  assert.deepEqual((await server.post(`${at}/read`)).body, { tuples: [], continuation_token: '' })
})

test('tuples are read by filter and in pages', async () => {
  const { at, write } = await server.freshStore()
  await write([
    'document:1#owner@user:anne',
    'document:1#viewer@user:bob',
    'document:10#owner@user:anne',
    'group:1#member@user:anne',
  ])
  const read = async (tuple_key?: object) => {
    const seen: string[] = []
    for (let continuation_token = ''; ; ) {
      const { status, body } = await server.post(`${at}/read`, { tuple_key, page_size: 1, continuation_token })
      assert.equal(status, 200)
      for (const { key, timestamp } of body.tuples) {
        seen.push(`${key.object}#${key.relation}@${key.user}`)
        assert.ok(Date.parse(timestamp) > 0)
      }
      continuation_token = body.continuation_token
      if (continuation_token === '') return seen.sort()
    }
  }
  assert.equal((await read()).length, 4)
  assert.deepEqual(await read({ object: 'document:1' }), ['document:1#owner@user:anne', 'document:1#viewer@user:bob'])
  assert.deepEqual(await read({ object: 'document:', user: 'user:anne' }), [
    'document:1#owner@user:anne',
    'document:10#owner@user:anne',
  ])
  assert.deepEqual(await read({ object: 'document:1', relation: 'viewer', user: '' }), ['document:1#viewer@user:bob'])
  assert.deepEqual(await read({ object: 'document:%', user: 'user:anne' }), [])
  for (const tuple_key of [
    {},
    { user: 'user:anne' },
    { object: 'document:' },
    { object: 'document', user: 'user:anne' },
  ])
    assert.equal((await server.post(`${at}/read`, { tuple_key })).body.code, 'validation_error')
  for (const continuation_token of ['x', 'bnVsbA', 'eyJvYmplY3QiOjF9'])
    assert.equal((await server.post(`${at}/read`, { continuation_token })).body.code, 'invalid_continuation_token')
  for (const page_size of [0, 101, -1, 1.5]) assert.equal((await server.post(`${at}/read`, { page_size })).status, 400)
})

test('changes are read in order, by type, and asked on from where they ended', async () => {
  const { at, write, erase } = await server.freshStore()
  await write(['document:1#owner@user:anne', 'group:1#member@user:anne'])
  await erase(['document:1#owner@user:anne'])
  const all = await server.get(`${at}/changes`)
  assert.deepEqual(
    all.body.changes.map(({ operation }: { operation: string }) => operation),
    ['TUPLE_OPERATION_WRITE', 'TUPLE_OPERATION_WRITE', 'TUPLE_OPERATION_DELETE'],
  )
  assert.deepEqual(all.body.changes[2].tuple_key, tuple('document:1#owner@user:anne'))
  const { continuation_token } = all.body
  assert.deepEqual((await server.get(`${at}/changes?continuation_token=${continuation_token}`)).body, {
    changes: [],
    continuation_token,
  })
  await write(['document:2#owner@user:anne'])
  const later = await server.get(`${at}/changes?continuation_token=${continuation_token}`)
  assert.equal(later.body.changes[0].tuple_key.object, 'document:2')
  assert.equal((await server.get(`${at}/changes?type=group`)).body.changes.length, 1)
  assert.equal((await server.get(`${at}/changes?type=doc`)).body.changes.length, 0)
  assert.equal((await server.get(`${at}/changes?start_time=2999-01-01T00:00:00Z`)).body.changes.length, 0)
  assert.equal(
    (await server.get(`${at}/changes?type=group&continuation_token=${continuation_token}`)).body.code,
    'query_string_type_continuation_token_mismatch',
  )
})

test('what is recorded of a write is how many, not what', async () => {
  const { write } = await server.freshStore()
  await write(['document:secret-name#owner@user:anne'])
  const last = server.ended.findLast(({ operation }) => operation === 'relationships.write')
  assert.deepEqual(last?.facts, { writes: 1, deletes: 0 })
  assert.equal(last?.class, 'act')
  assert.ok(!JSON.stringify(last?.questions).includes('secret-name'))
})
