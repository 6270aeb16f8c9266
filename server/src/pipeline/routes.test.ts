import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { createHttp, OFF_THE_ROAD } from '../platform/http/index.ts'
import { below, mount, operation, type Perform, PUBLIC_OPERATIONS, sessionCookieOf } from './index.ts'

const http = () => createHttp({ issuer: 'http://localhost', onError: () => {} })

test('a route that forgot the road is refused when it is registered', async () => {
  const app = await http()
  assert.throws(() => app.get('/shortcut', async () => 'secret'), /GET \/shortcut is not on the road/)
})

test('the lists of what is off the road and of what is public only shrink', () => {
  assert.deepEqual(OFF_THE_ROAD, [
    'GET /healthz',
    'GET /readyz',
    'GET /metrics',
    'GET /api/v1/openapi.json',
    'GET /docs/problems/:name',
  ])
  assert.deepEqual(
    PUBLIC_OPERATIONS.filter((id) => !KNOWN_PUBLIC.has(id)),
    [],
  )
})

const KNOWN_PUBLIC = new Set([
  ...['show-sign-in', 'sign-in', 'sign-out', 'show-setup', 'set-up'].map((verb) => `authentication.${verb}`),
  ...['authorize', 'authorize-resume', 'show-interaction', 'answer-interaction', 'token', 'introspect', 'revoke'].map(
    (verb) => `oauth.${verb}`,
  ),
  ...['backchannel-authentication', 'userinfo', 'end-session', 'discovery', 'jwks'].map((verb) => `oauth.${verb}`),
  'gateway.resource-metadata',
  'audit.checkpoint',
  'audit.verifier-key',
])

async function echo(method: 'GET' | 'POST') {
  const app = await http()
  const seen: unknown[] = []
  const asked = operation({
    id: 'test.echo',
    summary: '',
    audit: 'question',
    input: z.unknown(),
    output: z.unknown(),
    asks: () => [],
    reach: () => ({}),
  })
  const perform = (async (_: unknown, call: { input: unknown }) => {
    seen.push(call.input)
    return {}
  }) as unknown as Perform
  const table = { tag: 't', base: '', audience: '/api', routes: [{ method, path: '/things/{id}', operation: asked }] }
  mount([table as never], { app, perform, issuer: 'http://localhost' })
  return { app, seen }
}

test('path, query and body come together as one input', async () => {
  const { app, seen } = await echo('POST')
  await app.inject({ method: 'POST', url: '/things/7?a=1', payload: { b: 2 } })
  assert.deepEqual(seen, [{ id: '7', a: '1', b: 2 }])
})

test('a field named twice is refused, whichever two places name it', async () => {
  const { app } = await echo('POST')
  for (const request of [
    { url: '/things/7', payload: { id: '8' } },
    { url: '/things/7?id=8', payload: {} },
    { url: '/things/7?a=1', payload: { a: 1 } },
  ]) {
    const answer = await app.inject({ method: 'POST', ...request })
    assert.equal(answer.statusCode, 400)
    assert.equal(answer.json().code, 'invalid_input')
  }
})

test('bodies that are no JSON object are refused with a problem document and no trace', async () => {
  const { app } = await echo('POST')
  for (const payload of ['[1]', '"x"', '{', '{"__proto__": {"a": 1}}', '7']) {
    const answer = await app.inject({
      method: 'POST',
      url: '/things/7',
      payload,
      headers: { 'content-type': 'application/json' },
    })
    assert.equal(answer.statusCode, 400, payload)
    assert.match(String(answer.headers['content-type']), /problem\+json/)
    assert.doesNotMatch(answer.body, /node_modules|\.ts:|at /)
  }
})

test('an unknown path is a problem document too', async () => {
  const answer = await (await http()).inject('/nowhere')
  assert.equal(answer.statusCode, 404)
  assert.equal(answer.json().code, 'not_found')
})

test('issuer and path are joined with exactly one slash', () => {
  assert.equal(below('https://id.example', '/api'), 'https://id.example/api')
  assert.equal(below('https://id.example/', '/api'), 'https://id.example/api')
})

test('two session cookies are none: one of them was planted', () => {
  const plain = 'http://localhost:4000'
  assert.equal(sessionCookieOf('a=b; mandate_session=one', plain), 'one')
  assert.equal(sessionCookieOf('mandate_session=one; mandate_session=two', plain), undefined)
  assert.equal(sessionCookieOf(undefined, plain), undefined)
})

test('under https only the name that no other domain can set counts', () => {
  const secure = 'https://id.example'
  assert.equal(sessionCookieOf('mandate_session=planted', secure), undefined)
  assert.equal(sessionCookieOf('mandate_session=planted; __Host-mandate_session=ours', secure), 'ours')
})
