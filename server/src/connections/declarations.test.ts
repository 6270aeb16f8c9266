// Declarations that could not protect what they seem to protect are refused.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Tools } from '@mandate/contract'
import { Problem } from '../kernel/problem.ts'
import { checkTools } from './declarations.ts'
import { effectOf } from './model.ts'

const records = (path: string, id = 'id') => ({ records: [{ path, type: 'order', id, relation: 'viewer' }] })

const kindOf = (tools: Tools) => (Object.keys(tools).some((name) => name.includes(' /')) ? 'http' : 'mcp')

const PRICE = { path: '$.prices[*]', type: 'price', id: 'id', relation: 'viewer' }
const FIELD = { relation: 'approver', otherwise: 'drop' } as const

describe('declarations of tools', () => {
  const good: Record<string, Tools> = {
    'of an MCP tool': { 'orders.list': { effect: 'read', ...records('$.items[*]') } },
    'of an MCP tool by its argument': {
      refund: { ...records('arguments.order_id', ''), context: { amount: 'arguments.amount' } },
    },
    'of fields with a relation of their own': {
      prices: { records: [{ ...PRICE, fields: { 'terms.discount': { relation: 'approver', otherwise: 'mask' } } }] },
    },
    'of tools as servers in use name them': {
      'Summarize Detection': {},
      'crm/contacts.search': {},
      'tasks:create': {},
      Ermittlung_zusammenfassen_ä: {},
      要約する: {},
    },
    'of content items': { find: { ...records('content[*]', 'resource.uri') } },
    'of an operation by its parameter': { 'GET /orders/{id}': { effect: 'read', ...records('params.id', '$') } },
    'of an operation by its body': {
      'POST /orders': { ...records('body.lines[*]', '$.order.id'), context: { sum: 'body.sum' } },
    },
    'of operations that differ in a literal': { 'GET /orders/{id}': {}, 'GET /orders/search': {} },
    'of a tool named like a member of every object': { constructor: {} },
  }
  for (const [what, tools] of Object.entries(good)) it(`${what} are taken`, () => checkTools(tools, kindOf(tools)))

  const bad: [string, Tools, string][] = [
    [
      'of one shape twice',
      { 'GET /o/{id}': { effect: 'read' }, 'GET /o/{order}': { effect: 'write' } },
      'tools.GET /o/{order}',
    ],
    ['of one path written twice', { 'GET /ab': {}, 'GET /%61b': {} }, 'tools.GET /%61b'],
    ['of a tool without a name', { '': {} }, 'tools.'],
    ['of a tool of 501 characters', { ['x'.repeat(501)]: {} }, `tools.${'x'.repeat(501)}`],
    ['of a tool with a blank at its end', { 'a ': {} }, 'tools.a '],
    ['of a tool that turns the direction of text', { 'a\u202eb': {} }, 'tools.a\u202eb'],
    ['of the action of looking', { '(list)': {} }, 'tools.(list)'],
    ['of a tool with a line break', { 'a\nb': {} }, 'tools.a\nb'],
    ['of an unknown method', { 'FETCH /x': {} }, 'tools.FETCH /x'],
    ['of a path with dot segments', { 'GET /a/../b': {} }, 'tools.GET /a/../b'],
    ['of records on a path that is none', { t: records('items') }, 'tools.t.records[0].path'],
    ['of content items of HTTP', { 'GET /o': records('content[*]') }, 'tools.GET /o.records[0].path'],
    [
      'of fields of a request',
      { t: { records: [{ ...PRICE, path: 'arguments.price', fields: { a: FIELD } }] } },
      'tools.t.records[0].fields',
    ],
    [
      'of a field that is the record',
      { t: { records: [{ ...PRICE, fields: { $: FIELD } }] } },
      'tools.t.records[0].fields.$',
    ],
    [
      'of fields of many things',
      { t: { records: [{ ...PRICE, fields: { '$.a[*]': FIELD } }] } },
      'tools.t.records[0].fields.$.a[*]',
    ],
    ['of records with many ids', { t: records('$.items', '$.ids[*]') }, 'tools.t.records[0].id'],
    ['of a tool by an HTTP parameter', { t: records('params.id') }, 'tools.t.records[0].path'],
    ['of a tool by an HTTP body', { t: { context: { amount: 'body.amount' } } }, 'tools.t.context.amount'],
    ['of an operation by MCP arguments', { 'GET /o': records('arguments.id') }, 'tools.GET /o.records[0].path'],
    [
      'of a parameter the path does not have',
      { 'GET /o/{id}': records('params.idd') },
      'tools.GET /o/{id}.records[0].path',
    ],
    ['of any parameter at all', { 'GET /o/{id}': records('params[*]') }, 'tools.GET /o/{id}.records[0].path'],
    ['of context that comes after the call', { t: { context: { amount: '$.amount' } } }, 'tools.t.context.amount'],
  ]
  for (const [what, tools, field] of bad)
    it(`${what} are refused, by name`, () =>
      assert.throws(
        () => checkTools(tools, kindOf(tools)),
        (error) => {
          assert.ok(error instanceof Problem, String(error))
          assert.equal(error.details.errors?.[0]?.field, field)
          return true
        },
      ))

  it('take a tool of an MCP server that is named like an operation', () => {
    checkTools({ 'GET /orders/{id}': { ...records('arguments.id', '') } }, 'mcp')
    assert.throws(() => checkTools({ 'Summarize Detection': {} }, 'http'), /METHOD \/path/)
  })

  it('leave what they do not say irreversible', () => {
    const tools = new Map([
      ['read', { effect: 'read' as const }],
      ['unsaid', {}],
    ] as const)
    assert.deepEqual(
      ['read', 'unsaid', 'unknown', 'constructor'].map((tool) => effectOf({ tools }, tool)),
      ['read', 'irreversible', 'irreversible', 'irreversible'],
    )
  })
})
