// Filters, page sizes, ids and tokens that are wrong: of another list, of another store, altered.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ulid } from 'ulid'
import { refusedCode, send } from '../testing/refusals.ts'
import { CONTEXT, openStores, type Stores } from '../testing/stores.ts'

let stores: Stores
before(async () => {
  stores = await openStores()
})
after(() => stores.close())

test('read: a filter without an object, and a page of no size, are refused', async () => {
  const sizes = (...values: unknown[]) => Object.fromEntries(values.map((page_size) => [`${page_size}`, { page_size }]))
  await stores.refuses('POST AT/read', {
    page_size_invalid: sizes(0, -1, 101, 2 ** 31),
    validation_error: {
      ...sizes(1.5, 1e100, 'many', true, [5], {}),
      'a filter of nothing': { tuple_key: {} },
      'a filter of a user alone': { tuple_key: { user: 'user:anne' } },
      'a filter of a type alone': { tuple_key: { object: 'document:' } },
      'a filter that is a text': { tuple_key: 'document:1' },
      'a token of 5 KiB': { continuation_token: 'x'.repeat(5121) },
      'a token that is a number': { continuation_token: 1 },
    },
    invalid_continuation_token: { nonsense: { continuation_token: 'nonsense' } },
  })
})

test('a query is refused as a body is', async () => {
  const { at, server, untouched } = stores
  const refused = async (path: string, code: string) =>
    assert.equal(refusedCode(await send(server, { method: 'GET', path }), path.slice(0, 100)), code, path.slice(0, 100))
  for (const list of ['/stores', `${at}/authorization-models`, `${at}/changes`]) {
    for (const size of ['0', '-1', '101', '2147483648']) await refused(`${list}?page_size=${size}`, 'page_size_invalid')
    for (const size of ['', '1.5', 'x', '1e1', '0x5', '1&page_size=2'])
      await refused(`${list}?page_size=${size}`, 'validation_error')
    for (const token of ['x', 'bnVsbA', '%00', 'e30', 'W10', 'WyJhIiwwXQ'])
      await refused(`${list}?continuation_token=${token}`, 'invalid_continuation_token')
    await refused(`${list}?continuation_token=${'x'.repeat(5121)}`, 'validation_error')
  }
  for (const time of ['yesterday', '2026-13-01T00:00:00Z', '0000-01-01T00:00:00Z', '1'])
    await refused(`${at}/changes?start_time=${time}`, 'validation_error')
  for (const type of ['a%20b', '%00', 'document:', 'a%23b', 't'.repeat(255)])
    await refused(`${at}/changes?type=${type}`, 'type_invalid_pattern')
  await untouched('queries')
})

test('an id that is no ULID is refused, and one that is nobody’s is not found', async () => {
  const { at, id, server, untouched } = stores
  const bad = ['x', 'I'.repeat(26), id.toLowerCase(), `${id}0`, '__proto__', '%00', '..%2f..', 'x'.repeat(400)]
  for (const wrong of bad) {
    const routes = [
      ...[`GET /stores/${wrong}`, `DELETE /stores/${wrong}`, `GET /stores/${wrong}/changes`],
      ...[`GET ${at}/authorization-models/${wrong}`, `GET ${at}/assertions/${wrong}`],
      ...['check', 'write', 'batch-check', 'list-objects', 'list-users', 'expand', 'read'].map(
        (verb) => `POST /stores/${wrong}/${verb}`,
      ),
    ]
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ')
      const reply = await send(server, { method, path, ...(method === 'POST' && { text: '{}' }) })
      refusedCode(reply, route)
      assert.match(JSON.parse(reply.text).message, /must be a ULID/, route)
    }
  }
  const missing = await send(server, { method: 'GET', path: `${at}/authorization-models/${ulid()}` })
  assert.equal(refusedCode(missing, 'no such model'), 'authorization_model_not_found')
  const gone = await send(server, { method: 'GET', path: `/stores/${ulid()}` })
  assert.deepEqual(
    [gone.status, JSON.parse(gone.text)],
    [404, { code: 'store_id_not_found', message: 'Store ID not found' }],
  )
  await untouched('ids')
})

type Answer = Promise<{ status: number; body: { code?: string; continuation_token?: string } }>

test('a continuation token goes on with the list it is of, and with no other', async () => {
  const { at, other, server, untouched } = stores
  const filter = { object: 'document:', user: 'user:anne' }
  const objects = { type: 'document', relation: 'viewer', user: 'user:anne', context: CONTEXT, page_size: 2 }
  /** Each list that has a second page, asked for after `token`, in whichever store. */
  const lists: Record<string, (token: string, store?: string) => Answer> = {
    read: (continuation_token, store = at) => server.post(`${store}/read`, { page_size: 2, continuation_token }),
    filtered: (continuation_token, store = at) =>
      server.post(`${store}/read`, { page_size: 2, tuple_key: filter, continuation_token }),
    objects: (continuation_token, store = at) =>
      server.post(`${store}/list-objects`, { ...objects, continuation_token }),
    changes: (token, store = at) => server.get(`${store}/changes?page_size=2&continuation_token=${token}`),
    stores: (token) => server.get(`/stores?page_size=1&continuation_token=${token}`),
    models: (token, store = at) => server.get(`${store}/authorization-models?page_size=1&continuation_token=${token}`),
  }
  const refused = async (answer: Answer, what: string) => {
    const { status, body } = await answer
    assert.deepEqual([status, body.code], [400, 'invalid_continuation_token'], what)
  }
  for (const [name, list] of Object.entries(lists)) {
    const { continuation_token: token = '' } = (await list('')).body
    // There is one model, so there is no second page of models.
    if (name === 'models') continue
    assert.notEqual(token, '', name)
    assert.equal((await list(token)).status, 200, name)
    if (name !== 'stores') await refused(list(token, other), `${name} of another store`)
    for (const [elsewhere, use] of Object.entries(lists))
      if (elsewhere !== name) await refused(use(token), `${name} for ${elsewhere}`)
    for (let at = 0; at < token.length; at += 3) {
      const altered = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      await refused(list(altered), `${name} altered at ${at}`)
    }
    for (const altered of [token.slice(0, -1), token.slice(1), `${token}A`, `${token}=`, `${token}!`])
      await refused(list(altered), `${name}, ${altered}`)
    if (name === 'objects')
      await refused(
        server.post(`${at}/list-objects`, { ...objects, user: 'user:bob', continuation_token: token }),
        name,
      )
  }
  await untouched('tokens')
})
