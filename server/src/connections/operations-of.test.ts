// Which operation a request is, and every way of writing a path so that two servers would disagree.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../kernel/problem.ts'
import { inOrder, operationFor, parseOperation, shapeOf } from './operations-of.ts'
import { PathAmbiguous, segmentsOf } from './segments.ts'

const declared = (...names: string[]) => ({ operations: inOrder(names.map(parseOperation)) })
const api = declared(
  'GET /orders/{id}',
  'GET /orders/search',
  'GET /orders/{id}/lines',
  'GET /orders/search/{kind}',
  'POST /orders',
  'GET /',
  'GET /people/{user}/files/{file}',
  'GET /caf%C3%A9',
)

describe('the operation of a request', () => {
  const found: [string, string, string, Record<string, string>][] = [
    ['GET', '/orders/42', 'GET /orders/{id}', { id: '42' }],
    ['GET', '/orders/search', 'GET /orders/search', {}],
    ['GET', '/orders/%73earch', 'GET /orders/search', {}],
    ['GET', '/%6Frders/42', 'GET /orders/{id}', { id: '42' }],
    ['GET', '/orders/search/lines', 'GET /orders/search/{kind}', { kind: 'lines' }],
    ['GET', '/orders/42/lines', 'GET /orders/{id}/lines', { id: '42' }],
    ['POST', '/orders', 'POST /orders', {}],
    ['GET', '/', 'GET /', {}],
    ['GET', '/people/a%20b/files/c:d@e', 'GET /people/{user}/files/{file}', { user: 'a b', file: 'c:d@e' }],
    ['GET', '/caf%c3%a9', 'GET /caf%C3%A9', {}],
    ['GET', '/orders/100%25', 'GET /orders/{id}', { id: '100%' }],
    ['GET', '/orders/...', 'GET /orders/{id}', { id: '...' }],
  ]
  for (const [method, path, name, params] of found)
    it(`${method} ${path} is ${name}`, () => assert.deepEqual(operationFor(api, method, path), { name, params }))

  for (const [method, path] of [
    ['DELETE', '/orders/42'],
    ['get', '/orders/42'],
    ['HEAD', '/orders/42'],
    ['GET', '/Orders/42'],
    ['GET', '/orders'],
    ['GET', '/orders/42/lines/1'],
    ['GET', '/orders/%7Bid%7D/more'],
  ] as const)
    it(`${method} ${path} is none that was declared`, () => assert.equal(operationFor(api, method, path), undefined))

  for (const path of [
    '',
    'orders/42',
    '//orders/42',
    '/orders//42',
    '/orders/42/',
    '/orders/',
    '/orders/%2F',
    '/orders/a%2fb',
    '/orders/a%5Cb',
    '/orders/a\\b',
    '/orders/.',
    '/orders/..',
    '/orders/../admin',
    '/orders/%2e%2e/admin',
    '/orders/.%2E/admin',
    '/orders/%2e',
    '/orders/..;/admin',
    '/orders;v=1/42',
    '/orders/42;jsessionid=1',
    '/orders/%00',
    '/orders/42%0d%0aX-Evil:%201',
    '/orders/%7f',
    '/orders/%c2%85',
    '/orders/%252e%252e/admin',
    '/orders/a%252fb',
    '/orders/a%255Cb',
    '/orders/%2500',
    '/orders/a%253Fb',
    '/orders/%252525',
    '/orders/%c0%ae%c0%ae/admin',
    '/orders/%c0%af',
    '/orders/%ff',
    '/orders/%ed%a0%80',
    '/orders/%',
    '/orders/%4',
    '/orders/%zz',
    '/orders/%u002e',
    '/orders/42?x=1',
    '/orders/42#x',
    '/orders/a b',
    '/orders/a\tb',
    '/orders/a\nb',
    '/orders/{id}',
    '/orders/ü',
    '/orders/\u2215',
    'https://evil.example/orders/42',
    '*',
  ])
    it(`${JSON.stringify(path)} is refused because it can be read in two ways`, () =>
      assert.throws(
        () => operationFor(api, 'GET', path),
        (error) => error instanceof Problem && error.code === 'invalid_input',
      ))

  it('does not depend on the order of declaration', () => {
    const names = api.operations.map(({ name }) => name)
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: names.length }), (shuffled) => {
        assert.deepEqual(declared(...shuffled), api)
      }),
    )
  })

  it('takes any text as one segment once it is encoded, or refuses it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        try {
          assert.deepEqual(operationFor(api, 'GET', `/orders/${encodeURIComponent(text)}/lines`), {
            name: 'GET /orders/{id}/lines',
            params: { id: text },
          })
        } catch (error) {
          assert.ok(error instanceof Problem, String(error))
        }
      }),
    )
  })

  it('never lets a segment hold what a server could take for the end of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('%', '2', 'e', 'f', '5', 'c', '.', '/', 'a', ';') }), (text) => {
        try {
          for (const segment of segmentsOf(`/${text}`)) {
            assert.doesNotMatch(segment, /[/\\\0]/)
            assert.notEqual(segment, '..')
            assert.notEqual(segment, '')
          }
        } catch (error) {
          if (!(error instanceof PathAmbiguous)) throw error
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a declared operation', () => {
  for (const name of [
    'GET orders',
    'get /orders',
    'TRACE /orders',
    'CONNECT /orders',
    'GET  /orders',
    ' GET /orders',
    'GET /orders ',
    'GET /orders/',
    'GET //orders',
    'GET /orders/../x',
    'GET /orders/%2e%2e',
    'GET /a%2Fb',
    'GET /orders?x=1',
    'GET /orders#x',
    'GET /orders/{}',
    'GET /orders/{1}',
    'GET /orders/{id}x',
    'GET /orders/{id}/{id}',
    'GET /orders/{a/b}',
    'GET https://evil.example/',
    'GET /orders\n/x',
  ])
    it(`is not ${JSON.stringify(name)}`, () => assert.throws(() => parseOperation(name), PathAmbiguous))

  it('has the shape of another when no path can tell them apart', () => {
    const shape = (name: string) => shapeOf(parseOperation(name))
    assert.equal(shape('GET /orders/{id}'), shape('GET /orders/{order}'))
    assert.equal(shape('GET /a%62'), shape('GET /ab'))
    assert.notEqual(shape('GET /orders/{id}'), shape('GET /orders/*'))
    assert.notEqual(shape('GET /orders/{id}'), shape('POST /orders/{id}'))
    assert.notEqual(shape('GET /orders'), shape('GET /orders/{id}'))
  })
})
