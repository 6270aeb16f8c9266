// Paths into values: their grammar, what they select, and that a missing shape is never read as "nothing there".
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PathInvalid, parseIdPath, parsePath, selectAll } from './paths.ts'

const result = {
  items: [
    { id: 'a', owner: { id: 1 } },
    { id: 'b', owner: { id: 2 } },
  ],
  total: 2,
  none: [],
}

describe('a path', () => {
  const selected: [string, unknown, unknown[]][] = [
    ['$', result, [result]],
    ['$.total', result, [2]],
    ['$.items[*]', result, result.items],
    ['$.items[*].id', result, ['a', 'b']],
    ['$.items[*].owner.id', result, [1, 2]],
    ['$[*]', [1, 2], [1, 2]],
    ['$[*][*]', [[1], [2, 3]], [1, 2, 3]],
    ['$.none[*].id', result, []],
    ['$.gone', { gone: null }, [null]],
    ['arguments.order_id', { arguments: { order_id: '42' } }, ['42']],
    ['arguments.lines[*].sku', { arguments: { lines: [{ sku: 1 }] } }, [1]],
    ['params.id', { params: { id: '42' }, query: {}, body: null }, ['42']],
    ['body[*].id', { body: [{ id: 7 }] }, [7]],
    ['query.page-size', { query: { 'page-size': '5' } }, ['5']],
  ]
  for (const [text, value, values] of selected)
    it(`${text} selects what it says`, () => assert.deepEqual(selectAll(value, parsePath(text).steps), values))

  it('says which side of a call it looks at', () => {
    assert.equal(parsePath('$.arguments').side, 'result')
    assert.equal(parsePath('arguments.a').side, 'request')
  })

  const shapeless: [string, unknown][] = [
    ['$.items[*]', {}],
    ['$.items[*]', { data: [] }],
    ['$.items[*]', { items: { 0: 'a' } }],
    ['$.items[*]', { items: 'text' }],
    ['$.items[*]', { items: null }],
    ['$.items[*].id', { items: [{ id: 1 }, {}] }],
    ['$.items[*].id', { items: [{ id: 1 }, null] }],
    ['$[*]', { length: 1, 0: 'a' }],
    ['$.a', null],
    ['$.a', 'text'],
    ['$.length', [1]],
    ['$.length', 'text'],
    ['$.0', ['a']],
    ['$.constructor', {}],
    ['$.__proto__', {}],
    ['$.toString', { a: 1 }],
    ['arguments.id', {}],
    ['arguments.id', { arguments: Object.create({ id: 'inherited' }) }],
  ]
  for (const [text, value] of shapeless)
    it(`${text} tells that ${JSON.stringify(value)} does not have its shape`, () =>
      assert.equal(selectAll(value, parsePath(text).steps), undefined))

  for (const text of [
    '',
    ' $',
    '$.',
    '$..a',
    '$.a.',
    '$.a..b',
    '$a',
    '$[0]',
    '$[-1]',
    "$['a\\'b']",
    '$.a[*',
    '$.a[*]b',
    '$.*',
    '$[?(@.a)]',
    '$.a\n',
    '$.a b',
    '$.ü',
    'arguments',
    'arguments.',
    'argumentsx.a',
    'body',
    'headers.authorization',
    'items[*]',
    '@.a',
    'params..id',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.throws(() => parsePath(text), PathInvalid))

  it('takes a list of 100,000 records without running out of stack', () => {
    const items = Array.from({ length: 100_000 }, (_, id) => ({ id }))
    assert.equal(selectAll({ items }, parsePath('$.items[*].id').steps)?.length, 100_000)
  })

  it('parses or is refused, for any text, and selects from any value without throwing', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (text, value) => {
        try {
          selectAll(value, parsePath(`$${text}`).steps)
        } catch (error) {
          assert.ok(error instanceof PathInvalid)
        }
      }),
    )
  })
})

describe('the way to the id of a record', () => {
  it('is a field, a path, or the record itself', () => {
    const record = { id: 7, ref: { key: 'x' } }
    assert.deepEqual(selectAll(record, parseIdPath('id')), [7])
    assert.deepEqual(selectAll(record, parseIdPath('$.ref.key')), ['x'])
    for (const itself of ['', '$']) assert.deepEqual(selectAll('42', parseIdPath(itself)), ['42'])
  })
  for (const text of ['$.a[*]', 'a[*]', '.a', ' id', '$$'])
    it(`is not ${JSON.stringify(text)}`, () => assert.throws(() => parseIdPath(text), PathInvalid))
})
