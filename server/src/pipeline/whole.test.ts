// A table that all below its base belongs to answers for it in its own form, and for nothing beside it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { Problem } from '../kernel/problem.ts'
import { createHttp } from '../platform/http/index.ts'
import { mount, operation, type Perform, type Replier, type RouteTable } from './index.ts'

const asked = operation({
  id: 'test.echo',
  summary: '',
  audit: 'question',
  input: z.unknown(),
  output: z.unknown(),
  asks: () => [],
  reach: () => ({}),
})

const reply: Replier = {
  done: (answer, output) => answer.send({ said: output }),
  refused: (answer, error) =>
    error instanceof Problem ? answer.code(error.status).send({ refused: error.code }) : undefined,
  unreached: (answer, problem, correlation) =>
    answer.code(problem.status).send({ unreached: problem.code, correlation }),
}

async function house(given: Partial<RouteTable> = {}) {
  const failures: unknown[] = []
  const app = await createHttp({ issuer: 'http://localhost', onError: (error) => void failures.push(error) })
  const perform = (async (_: unknown, call: { input: unknown }) => {
    if ((call.input as { fail?: boolean }).fail) throw new Error('a secret of ours')
    if ((call.input as { refuse?: boolean }).refuse) throw new Problem('forbidden')
    return call.input
  }) as unknown as Perform
  const table = { tag: 't', base: '/own', audience: '/api', reply, whole: true, ...given } as const
  const things = [{ method: 'POST', path: '/things/{id}', operation: asked }] as const
  const beside = { tag: 't', base: '/owner', audience: '/api', routes: things } as const
  mount([{ ...table, routes: things }, beside], { app, perform, issuer: 'http://localhost' })
  const post = async (url: string, payload: string | undefined, type = 'application/json') => {
    const { statusCode, body } = await app.inject({
      ...{ method: 'POST', url },
      ...(payload !== undefined && { payload, headers: { 'content-type': type } }),
    })
    const { correlation, ...said } = JSON.parse(body) as Record<string, unknown>
    return { status: statusCode, said, correlation }
  }
  return { app, failures, post }
}

test('a body is JSON whatever its type says, and none is nothing', async () => {
  const { post } = await house({ read: ({ params, body }) => ({ ...(params as object), ...(body as object) }) })
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'image/png'])
    assert.deepEqual((await post('/own/things/7', '{"a":1}', type)).said, { said: { id: '7', a: 1 } }, type)
  assert.deepEqual((await post('/own/things/7', undefined)).said, { said: { id: '7' } })
})

test('what reaches no operation is answered in the form of the table, with a name for the call', async () => {
  const { post } = await house()
  const cases: [url: string, payload: string | undefined, status: number, code: string][] = [
    ['/own', undefined, 404, 'not_found'],
    ['/own/nothing', undefined, 404, 'not_found'],
    ['/own/%zz', undefined, 404, 'not_found'],
    ['/own/things/7', '{', 400, 'malformed_body'],
    ['/own/things/7', '[]', 400, 'malformed_body'],
    ['/own/things/7', '{"__proto__":{}}', 400, 'malformed_body'],
    ['/own/things/7', `{"a":"${'x'.repeat(1_100_000)}"}`, 413, 'too_large'],
  ]
  for (const [url, payload, status, code] of cases) {
    const answer = await post(url, payload)
    assert.deepEqual([answer.status, answer.said], [status, { unreached: code }], url)
    assert.match(String(answer.correlation), /^req_/)
  }
})

test('a method that a path has not is told apart from a path that is not there', async () => {
  const { app } = await house()
  const known = await app.inject({ method: 'DELETE', url: '/own/things/7?x=1' })
  assert.equal(known.json().unreached, 'method_not_allowed')
  const unknown = await app.inject({ method: 'DELETE', url: '/own/things/7/more' })
  assert.equal(unknown.json().unreached, 'not_found')
})

test('a refusal of an operation has its form, and a failure of ours is reported and says nothing', async () => {
  const { failures, post } = await house()
  assert.deepEqual((await post('/own/things/7', '{"refuse":true}')).said, { refused: 'forbidden' })
  const failed = await post('/own/things/7', '{"fail":true}')
  assert.deepEqual([failed.status, failed.said], [500, { unreached: 'internal' }])
  assert.match(String(failures), /a secret of ours/)
})

test('what lies beside it keeps the problem document', async () => {
  const { post } = await house()
  for (const url of ['/owner', '/owner/nothing', '/ownership', '/'])
    assert.equal((await post(url, undefined)).said.code, 'not_found', url)
  assert.equal((await post('/owner/things/7', '{')).said.code, 'malformed_body')
  assert.equal((await post('/owner/things/7', 'a=1', 'text/plain')).said.code, 'unsupported_media_type')
})

test('a table that speaks for all below its base must have words for it, and no base has two such tables', async () => {
  await assert.rejects(house({ reply: { done: reply.done, refused: reply.refused } }), /has no words for it/)
  const app = await createHttp({ issuer: 'http://localhost', onError: () => {} })
  const table = { tag: 't', base: '/own', audience: '/api', reply, whole: true, routes: [] } as const
  const mounting = { app, perform: (async () => ({})) as unknown as Perform, issuer: 'http://localhost' }
  assert.throws(() => mount([table, table], mounting), /has its own form already/)
})
