// Which operation a request is, and every way of writing a path so that two servers would disagree.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PathAmbiguous, parseOperation, shapeOf } from '@mandate/contract'
import fc from 'fast-check'
import { Problem } from '../kernel/problem.ts'
import { indexOperations, operationFor } from './operation-index.ts'
import { requestPath } from './request-path.ts'

const declared = (...names: string[]) => ({ operations: indexOperations(names.map(parseOperation)) })
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
    ['GET', '/orders/search/lists', 'GET /orders/search/{kind}', { kind: 'lists' }],
    ['GET', '/orders/42/lines', 'GET /orders/{id}/lines', { id: '42' }],
    ['POST', '/orders', 'POST /orders', {}],
    ['GET', '/', 'GET /', {}],
    ['GET', '/people/a%20b/files/c:d@e', 'GET /people/{user}/files/{file}', { user: 'a b', file: 'c:d@e' }],
    ['GET', '/caf%c3%a9', 'GET /caf%C3%A9', {}],
    ['GET', '/orders/100%25', 'GET /orders/{id}', { id: '100%' }],
    ['GET', '/orders/...', 'GET /orders/{id}', { id: '...' }],
  ]
  for (const [method, path, name, params] of found)
    it(`${method} ${path} is ${name}`, () =>
      assert.deepEqual(operationFor(api, method, path), { name, params, ambiguous: false, rivals: [] }))

  for (const [method, path] of [
    ['DELETE', '/orders/42'],
    ['get', '/orders/42'],
    ['HEAD', '/orders/42'],
    ['GET', '/orders/'],
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
    '/Orders/42',
    '/ORDERS/Search',
    '/orders/42/Lines/',
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
    const names = api.operations.all.map(({ name }) => name)
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
            ambiguous: false,
            rivals: [],
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
          const parts = requestPath(`/${text}`).segments.flatMap((segment) => segment.split('/'))
          for (const part of parts) {
            assert.doesNotMatch(part, /[\\\0;]/)
            assert.notEqual(part, '..')
            assert.notEqual(part, '')
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
    'GET /orders//',
    'GET //',
    'GET //orders',
    'GET /orders/../x',
    'GET /orders/%2e%2e',
    'GET /a%2Fb',
    'GET /orders?x=1',
    'GET /orders#x',
    'GET /orders/{}',
    'GET /orders/{a}{b}',
    'GET /orders/{id',
    'GET /orders/id}',
    'GET /orders/{{id}}',
    'GET /orders/{ id}',
    'GET /orders/{id }',
    'GET /orders/{a  b}',
    'GET /orders/{+}',
    'GET /orders/{++id}',
    'GET /orders/{id+}',
    'GET /orders/{id*}',
    'GET /{+a}/{+b}',
    'GET /{+a}-{b}',
    'GET /orders/{a\u200bb}',
    'GET /orders/{a;b}',
    'GET /orders/{a}%2F',
    'GET /orders/{a};b',
    `GET /orders/{${'x'.repeat(101)}}`,
    'GET /orders/{id}-{id}',
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

describe('a path as OpenAPI documents write it', () => {
  const wide = declared(
    'GET /Accounts/{Sid}.json',
    'GET /Accounts/{Sid}/Messages/{MessageSid}.json',
    'GET /users/{user-id}',
    'POST /{id}:cancel',
    "GET /reports/usage(period='{period}',day={day})",
    'GET /accounts({id})',
    'GET /people/{account.id}/{$top}',
    'GET /files/{+path}',
    'GET /files/{+path}/raw',
    'GET /drive/root:/{+item-path}:/content',
    'GET /compare/{base}...{head}',
    'GET /api/things/',
    'GET /api/things/{id}/',
    'GET /{file name}.{ext}',
  )
  const found: [string, string, string, Record<string, string>][] = [
    ['GET', '/Accounts/AC1.json', 'GET /Accounts/{Sid}.json', { Sid: 'AC1' }],
    ['GET', '/Accounts/AC1%2Ejson', 'GET /Accounts/{Sid}.json', { Sid: 'AC1' }],
    ['GET', '/Accounts/a.json.json', 'GET /Accounts/{Sid}.json', { Sid: 'a.json' }],
    [
      'GET',
      '/Accounts/AC1/Messages/M.1.json',
      'GET /Accounts/{Sid}/Messages/{MessageSid}.json',
      { Sid: 'AC1', MessageSid: 'M.1' },
    ],
    ['GET', '/users/4-2', 'GET /users/{user-id}', { 'user-id': '4-2' }],
    ['POST', '/42:cancel', 'POST /{id}:cancel', { id: '42' }],
    ['POST', '/42%3Acancel', 'POST /{id}:cancel', { id: '42' }],
    [
      'GET',
      "/reports/usage(period='D7',day=3)",
      "GET /reports/usage(period='{period}',day={day})",
      { period: 'D7', day: '3' },
    ],
    ['GET', '/accounts(7)', 'GET /accounts({id})', { id: '7' }],
    ['GET', '/people/1/2', 'GET /people/{account.id}/{$top}', { 'account.id': '1', $top: '2' }],
    ['GET', '/files/a', 'GET /files/{+path}', { path: 'a' }],
    ['GET', '/files/a/b/c', 'GET /files/{+path}', { path: 'a/b/c' }],
    ['GET', '/files/a%2Fb', 'GET /files/{+path}', { path: 'a/b' }],
    ['GET', '/files/a/b/raw', 'GET /files/{+path}/raw', { path: 'a/b' }],
    ['GET', '/drive/root:/a/b.txt:/content', 'GET /drive/root:/{+item-path}:/content', { 'item-path': 'a/b.txt' }],
    ['GET', '/compare/v1...v2', 'GET /compare/{base}...{head}', { base: 'v1', head: 'v2' }],
    ['GET', '/api/things/', 'GET /api/things/', {}],
    ['GET', '/api/things/9/', 'GET /api/things/{id}/', { id: '9' }],
  ]
  for (const [method, path, name, params] of found)
    it(`${method} ${path} is ${name}`, () =>
      assert.deepEqual(operationFor(wide, method, path), { name, params, ambiguous: false, rivals: [] }))

  for (const [method, path] of [
    ['GET', '/accounts/AC1.json'],
    ['GET', '/Accounts/AC1.JSON'],
    ['GET', '/Accounts/AC1.json/'],
    ['POST', '/42:Cancel'],
    ['GET', '/api/things'],
    ['GET', '/api/things/9'],
    ['GET', '/API/things/'],
    ['GET', '/ACCOUNTS(7)'],
    ['GET', '/users/a%2Fb'],
    ['GET', '/files/a%2F..%2Fb'],
    ['GET', '/files/a%2F%2e%2e'],
    ['GET', '/files/a%2F%2Fb'],
    ['GET', '/files/%2Fb'],
    ['GET', '/files/b%2F'],
    ['GET', '/files/a%2Fraw'],
    ['GET', '/files/a%252Fb'],
    ['GET', '/files/a/../b'],
    ['GET', '/files/a//b'],
    ['GET', '/files/a/b/'],
    ['GET', '/Files/a/b'],
    ['GET', '/none/a%2Fb'],
  ] as const)
    it(`${method} ${path} is refused: some servers would read it as a declared operation`, () =>
      assert.throws(
        () => operationFor(wide, method, path),
        (error) => error instanceof Problem && error.code === 'invalid_input',
      ))

  for (const path of ['/accounts()', '/Accounts/.json', '/files', '/compare/...', '/drive/root:/:/content'])
    it(`GET ${path} is none: a parameter is never empty`, () => {
      const operation = operationFor(wide, 'GET', path)
      assert.ok(!operation || operation.name === 'GET /{file name}.{ext}', operation?.name)
    })

  it('says when values could be split in another way', () => {
    assert.equal(operationFor(wide, 'GET', '/compare/a...b...c')?.ambiguous, true)
    assert.equal(operationFor(wide, 'GET', '/compare/a....b')?.ambiguous, true)
    assert.equal(operationFor(wide, 'GET', '/report.v2.json')?.ambiguous, true)
    assert.equal(operationFor(wide, 'GET', '/report.json')?.ambiguous, false)
  })

  it('says which other operations a path is as well, where neither is the more specific', () => {
    const apart = declared('POST /orders/{id}', 'POST /{kind}/search', 'POST /{a}/{b}')
    assert.deepEqual(operationFor(apart, 'POST', '/orders/search')?.rivals, ['POST /{kind}/search'])
    assert.equal(operationFor(apart, 'POST', '/orders/search')?.name, 'POST /orders/{id}')
    assert.deepEqual(operationFor(apart, 'POST', '/orders/1')?.rivals, [])
    const settled = declared('POST /orders/{id}', 'POST /{kind}/search', 'POST /orders/search')
    assert.deepEqual(operationFor(settled, 'POST', '/orders/search')?.rivals, [])
    const folded = declared('POST /orders/{id}', 'POST /{kind}/Search')
    assert.deepEqual(operationFor(folded, 'POST', '/orders/search')?.rivals, ['POST /{kind}/Search'])
    const hidden = declared('GET /users/{id}', 'GET /{a}/{b}')
    assert.throws(() => operationFor(hidden, 'GET', '/Users/1'), Problem)
    const both = declared('GET /orders', 'GET /orders/')
    for (const path of ['/orders', '/orders/']) assert.equal(operationFor(both, 'GET', path)?.name, `GET ${path}`)
  })

  it('is matched in time that grows with its length alone', () => {
    const many = declared('GET /{a}-{b}-{c}-{d}-{e}-{f}-{g}x')
    const started = process.cpuUsage()
    for (let round = 0; round < 20; round++) operationFor(many, 'GET', `/${'a-'.repeat(4000)}`)
    assert.ok(process.cpuUsage(started).user < 2_000_000)
  })
})
