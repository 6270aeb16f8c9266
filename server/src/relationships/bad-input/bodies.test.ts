// Bodies, paths and methods that are wrong in themselves, whatever operation they are for.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { refusedCode, send, wrongBodies } from '../testing/refusals.ts'
import { CONTEXT, KEY, openStores, RIGHT, type Stores } from '../testing/stores.ts'

let stores: Stores
before(async () => {
  stores = await openStores()
})
after(() => stores.close())

// Whatever JSON a condition takes, and text that is only kept: no value of these is wrong in itself.
const FREE = /(?:^|\.)context\./

const nested = (levels: number) => `{"name":${'['.repeat(levels)}${']'.repeat(levels)}}`
const UNREADABLE: [what: string, text: string, message: RegExp][] = [
  ['half an object', '{"name": "x"', /^syntax error \(line 1:13\): malformed JSON$/],
  ['a missing comma', '{\n"a": 1,\n"b": 2 "c": 3}', /^syntax error \(line 3:8\): malformed JSON$/],
  ['a word', '{"name": x}', /^syntax error: malformed JSON$/],
  ['a form', 'name=x&type=y', /^syntax error/],
  ['xml', '<name>x</name>', /^syntax error/],
  ['a list', '[]', /not a JSON object/],
  ['a text', '"name"', /not a JSON object/],
  ['a number', '1', /not a JSON object/],
  ['null', 'null', /not a JSON object/],
  ['something deep', nested(400_000), /nested deeper than 200/],
  ['something just too deep', nested(200), /nested deeper than 200/],
  ['a prototype', '{"__proto__": {"admin": true}}', /not allowed: __proto__/],
  ['a hidden prototype', '{"a": {"\\u005f_proto__": 1}}', /not allowed: __proto__/],
  ['a constructor', '{"constructor": {"prototype": {}}}', /not allowed: .*constructor/],
]

for (const [route, right] of Object.entries(RIGHT)) {
  test(`${route}: a leaf of another type, with a NUL, half a character or far too long is refused`, async () => {
    const wrong = wrongBodies(right(stores.id)).filter(({ how }) => !FREE.test(how))
    assert.ok(wrong.length > 3)
    for (const { how, body } of wrong)
      refusedCode(await send(stores.server, { ...stores.split(route), text: JSON.stringify(body) }), `${route}, ${how}`)
    await stores.untouched(route)
  })

  test(`${route}: a body that is not a JSON object is refused, and one that is too large`, async () => {
    for (const [what, text, message] of UNREADABLE) {
      const reply = await send(stores.server, { ...stores.split(route), text })
      assert.equal(refusedCode(reply, `${route}, ${what}`), 'validation_error')
      assert.match(JSON.parse(reply.text).message, message, what)
    }
    const text = JSON.stringify({ ...right(stores.id), surprise: 'a'.repeat(1_100_000) })
    const large = await send(stores.server, { ...stores.split(route), text })
    assert.equal(refusedCode(large, route), 'exceeded_entity_limit')
    await stores.untouched(route)
  })
}

test('a body is JSON whatever its content type says, and none is an empty one', async () => {
  const text = JSON.stringify({ tuple_key: KEY, context: CONTEXT })
  for (const type of [
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/xml',
    'x',
    ';',
  ])
    assert.equal((await send(stores.server, { ...stores.split('POST AT/check'), text, type })).status, 200, type)
  const headers = { 'content-type': 'application/json' }
  const bare = await stores.server.send({ method: 'POST', url: `/fga${stores.at}/read`, headers })
  assert.deepEqual([bare.statusCode, bare.json().tuples.length], [200, 13])
  const latin = Buffer.from('{"name":"\xe9\xe9\xe9"}', 'latin1')
  const odd = await stores.server.send({ method: 'POST', url: '/fga/stores', headers, payload: latin })
  assert.deepEqual([odd.statusCode, odd.json()], [400, { code: 'validation_error', message: 'the body is not UTF-8' }])
  await stores.untouched('content types')
})

test('an unknown path is undefined_endpoint, and an unknown method of a path unimplemented', async () => {
  const { at, server } = stores
  const unknown = ['', '/', '/nowhere', '/Stores', `${at}/nothing`, `${at}/check/more`, `${at}/`]
  for (const path of unknown)
    for (const method of ['GET', 'POST', 'PUT']) {
      const reply = await send(server, { method, path })
      assert.equal(reply.status, 404, path)
      assert.deepEqual(JSON.parse(reply.text), { code: 'undefined_endpoint', message: 'Not Found' }, path)
    }
  for (const route of ['GET AT/check', 'DELETE AT/write', 'PUT /stores', 'POST AT/changes', 'PATCH AT']) {
    const reply = await send(server, stores.split(route))
    assert.equal(reply.status, 404, route)
    assert.deepEqual(JSON.parse(reply.text), { code: 'unimplemented', message: 'Method Not Allowed' }, route)
  }
  const unreadable = await send(server, { method: 'GET', path: '/stores/%zz' })
  assert.equal(JSON.parse(unreadable.text).code, 'undefined_endpoint')
  const beside = await server.send({ url: '/fganything' })
  assert.equal(beside.json().type, 'http://localhost:4000/docs/problems/not-found')
  await stores.untouched('unknown paths')
})
