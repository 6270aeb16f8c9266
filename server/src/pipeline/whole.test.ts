// A table that all below its base belongs to answers for it in its own words, and for nothing beside it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Problem } from '../kernel/problem.ts'
import { createHttp } from '../platform/http/index.ts'
import { requester } from '../platform/http/request-for-tests.ts'
import { mount, operation, type Perform, type Speech, type WholeTable } from './index.ts'

const asked = operation({
  id: 'test.echo',
  summary: '',
  audit: 'question',
  input: z.unknown(),
  output: z.unknown(),
  asks: () => [],
  reach: () => ({}),
})

async function* linesOf(many: number): AsyncGenerator<string> {
  for (let n = 0; n < many; n++) yield `{"n":${n}}\n`
}

const speech: Speech = {
  done: (output) => {
    const { lines } = output as { lines?: number }
    return lines ? { status: 200, lines: linesOf(lines) } : { status: 200, body: { said: output } }
  },
  refused: ({ status, code }) => ({ status, body: { refused: code } }),
  unreached: ({ status, code }, correlation) => ({ status, body: { unreached: code, correlation } }),
}

const things = [
  { method: 'POST', path: '/things/{id}', operation: asked },
  { method: 'GET', path: '/things/{id}', operation: asked },
  { method: 'DELETE', path: '/things/{id}/parts/{part}', operation: asked },
] as const

const whole: WholeTable = {
  ...{ tag: 't', base: '/own', audience: '/fga', speech, routes: things },
  read: ({ params, query, body }) => ({ ...query, ...body, ...params }),
}

const open: FastifyInstance[] = []
after(() => Promise.all(open.map((app) => app.close())))

async function house({ later = false } = {}) {
  const failures: unknown[] = []
  const app = await createHttp({ issuer: 'http://localhost', onError: (error) => void failures.push(error) })
  open.push(app)
  const now = (_: unknown, call: { input: unknown; idempotencyKey?: string }) => {
    const input = call.input as Record<string, unknown>
    if (input.fail) throw new Error('a secret of ours')
    if (input.refuse) throw new Problem('forbidden')
    if (input.unsendable) return { n: 1n }
    return { ...input, ...(call.idempotencyKey !== undefined && { key: call.idempotencyKey }) }
  }
  const perform = Object.assign(async (operation: unknown, call: never) => now(operation, call), {
    now: later ? async (operation: unknown, call: never) => now(operation, call) : now,
  }) as unknown as Perform
  const beside = { tag: 't', base: '/owner', audience: '/api', routes: things } as const
  mount([whole, beside], { app, perform, issuer: 'http://localhost' })
  const send = requester(app)
  const post = async (url: string, payload?: string | Buffer, headers: Record<string, string> = {}) => {
    const { statusCode, json } = await send({ method: 'POST', url, payload, headers })
    const { correlation, ...said } = json() as Record<string, unknown>
    return { status: statusCode, said, correlation }
  }
  return { app, failures, send, post }
}

test('a body is JSON whatever its type says, and none is nothing', async () => {
  const { post } = await house()
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'image/png', ';'])
    assert.deepEqual((await post('/own/things/7', '{"a":1}', { 'content-type': type })).said, {
      said: { id: '7', a: 1 },
    })
  assert.deepEqual((await post('/own/things/7')).said, { said: { id: '7' } })
  assert.deepEqual((await post('/own/things/7', '')).said, { said: { id: '7' } })
})

test('parameters are decoded, a query is read, and a path in absolute form is the same path', async () => {
  const { send } = await house()
  const get = async (url: string) => (await send({ url })).json()
  assert.deepEqual(await get('/own/things/a%2Fb%20c?x=1&x=2&y=%C3%A9'), {
    said: { id: 'a/b c', x: ['1', '2'], y: 'é' },
  })
  assert.deepEqual(await get('/own/things/7#?x=1'), { said: { id: '7' } })
  assert.deepEqual(await get('http://elsewhere/own/things/7?x=1'), { said: { id: '7', x: '1' } })
})

test('what reaches no operation is answered in the words of the table, with a name for the call', async () => {
  const { post } = await house()
  const cases: [url: string, payload: string | Buffer | undefined, status: number, code: string][] = [
    ['/own', undefined, 404, 'not_found'],
    ['/own/', undefined, 404, 'not_found'],
    ['/own?x=1', undefined, 404, 'not_found'],
    ['/own/nothing', undefined, 404, 'not_found'],
    ['/own/things/', undefined, 404, 'not_found'],
    ['/own/things/7/', undefined, 404, 'not_found'],
    ['/own//things/7', undefined, 404, 'not_found'],
    ['/own/Things/7', undefined, 404, 'not_found'],
    ['/own/%zz', undefined, 404, 'not_found'],
    ['/own/things/%zz', undefined, 404, 'not_found'],
    ['/own/things/%ff', undefined, 404, 'not_found'],
    [`/own/things/${'7'.repeat(501)}`, undefined, 404, 'not_found'],
    ['/own/things/7', '{', 400, 'malformed_body'],
    ['/own/things/7', '[]', 400, 'malformed_body'],
    ['/own/things/7', '{"__proto__":{}}', 400, 'malformed_body'],
    ['/own/things/7', '{"\\u005f_proto__":{}}', 400, 'malformed_body'],
    ['/own/things/7', Buffer.from([0x22, 0xff, 0x22]), 400, 'malformed_body'],
    ['/own/things/7', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`, 400, 'malformed_body'],
    ['/own/things/7', '{"a":'.repeat(400_000 / 5), 400, 'malformed_body'],
    ['/own/things/7', `{"a":"${'x'.repeat(1_100_000)}"}`, 413, 'too_large'],
  ]
  for (const [url, payload, status, code] of cases) {
    const answer = await post(url, payload)
    assert.deepEqual([answer.status, answer.said], [status, { unreached: code }], url)
    assert.match(String(answer.correlation), /^req_[0-9a-f]{24}$/)
  }
})

test('a body of unknown length is refused as soon as it is too large', async () => {
  const { app, send } = await house()
  await send({ url: '/own/things/7' })
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('POST /own/things/7 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
  for (let sent = 0; sent < 17; sent++) socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`)
  const [reply] = (await once(socket, 'data')) as [Buffer]
  assert.match(reply.toString(), /^HTTP\/1.1 413 /)
  assert.match(reply.toString(), /\r\nconnection: close\r\n/i)
  socket.destroy()
})

test('who goes away in the middle of a body costs nothing, and the next one is answered', async () => {
  const { app, failures, send } = await house()
  await send({ url: '/own/things/7' })
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1')
  socket.write('POST /own/things/7 HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"a"')
  await once(socket, 'connect')
  socket.resetAndDestroy()
  await once(socket, 'close')
  assert.deepEqual((await send({ url: '/own/things/7' })).json(), { said: { id: '7' } })
  assert.deepEqual(failures, [])
})

test('a method that a path has not is told apart from a path that is not there', async () => {
  const { send } = await house()
  for (const method of ['DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])
    assert.equal((await send({ method, url: '/own/things/7?x=1' })).json().unreached, 'method_not_allowed', method)
  assert.equal((await send({ method: 'DELETE', url: '/own/things/7/more' })).json().unreached, 'not_found')
  assert.equal((await send({ method: 'HEAD', url: '/own/things/7' })).statusCode, 405)
})

test('a refusal of an operation has its form, and a failure of ours is reported and says nothing', async () => {
  for (const later of [false, true]) {
    const { failures, post } = await house({ later })
    assert.deepEqual((await post('/own/things/7', '{"refuse":true}')).said, { refused: 'forbidden' })
    for (const failing of ['{"fail":true}', '{"unsendable":true}']) {
      const failed = await post('/own/things/7', failing)
      assert.deepEqual([failed.status, failed.said], [500, { unreached: 'internal' }])
    }
    assert.match(String(failures[0]), /a secret of ours/)
    assert.equal(failures.length, 2)
    const key = await post('/own/things/7', '{}', { 'idempotency-key': 'not printable' })
    assert.deepEqual(key.said, { refused: 'invalid_input' })
    assert.deepEqual((await post('/own/things/7', '{}', { 'idempotency-key': 'k1' })).said, {
      said: { id: '7', key: 'k1' },
    })
  }
})

test('many lines are sent one by one, and every answer says what it is', async () => {
  const { send } = await house()
  const reply = await send({ method: 'POST', url: '/own/things/7', payload: { lines: 5000 } })
  const lines = reply.body.trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).n),
    Array.from({ length: 5000 }, (_, n) => n),
  )
  const plain = await send({ method: 'POST', url: '/own/things/7', payload: { a: 'ü' } })
  assert.deepEqual(plain.json(), { said: { a: 'ü', id: '7' } })
  for (const { headers } of [reply, plain]) {
    assert.match(String(headers['content-type']), /^application\/json/)
    assert.match(String(headers['x-request-id']), /^req_/)
    assert.deepEqual([headers['x-content-type-options'], headers['cache-control']], ['nosniff', 'no-store'])
  }
})

test('what lies beside it keeps the problem document', async () => {
  const { post } = await house()
  for (const url of ['/owner', '/owner/nothing', '/ownership', '/'])
    assert.equal((await post(url)).said.code, 'not_found', url)
  const json = { 'content-type': 'application/json' }
  assert.equal((await post('/owner/things/7', '{', json)).said.code, 'malformed_body')
  const text = await post('/owner/things/7', 'a=1', { 'content-type': 'text/plain' })
  assert.equal(text.said.code, 'unsupported_media_type')
})

test('no base has two such tables', async () => {
  const app = await createHttp({ issuer: 'http://localhost', onError: () => {} })
  open.push(app)
  const perform = Object.assign(async () => ({}), { now: () => ({}) }) as unknown as Perform
  assert.throws(() => mount([whole, whole], { app, perform, issuer: 'http://localhost' }), /has its own door already/)
})
