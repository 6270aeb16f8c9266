// One grammar for names in grants, declarations and calls.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManagedConnectionTerms } from './access.ts'
import { isToolName } from './operation-name.ts'

const NAMES: Record<string, boolean> = {
  get_order: true,
  'Summarize Detection': true,
  'crm/contacts.search': true,
  'tasks:create': true,
  要約する: true,
  'GET /orders/{id}': true,
  constructor: true,
  ['x'.repeat(500)]: true,
  ['x'.repeat(501)]: false,
  '': false,
  ' a': false,
  'a ': false,
  'a\nb': false,
  'a\u202eb': false,
  'a\ud800b': false,
  '(list)': false,
  ['__proto__']: false,
}

describe('names of operations', () => {
  for (const [name, good] of Object.entries(NAMES))
    it(`${JSON.stringify(name.slice(0, 30))} of ${name.length} is ${good ? 'taken' : 'refused'} alike in grants and calls`, () => {
      assert.equal(isToolName(name), good)
      const terms = JSON.parse(`{"scopes":{${JSON.stringify(name)}:"auto"}}`)
      // zod leaves `__proto__` out; it then grants nothing.
      const read = ManagedConnectionTerms.safeParse(terms)
      assert.equal(read.success && Object.hasOwn(read.data.scopes, name), good)
    })
})
