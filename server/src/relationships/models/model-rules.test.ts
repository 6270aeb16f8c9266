import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TypeDefinition } from '../model.ts'
import { Refusal } from '../protocol/problems.ts'
import { all, any, butNot, computed, from, model, self, type } from '../testing/models.ts'
import { validTypes } from './model-rules.ts'
import { readRewrite } from './rewrites.ts'

const user = type('user')
const refused = (reason: RegExp) => (error: unknown) =>
  error instanceof Refusal && error.refusal === 'invalid_authorization_model' && reason.test(error.message)

const invalid: Record<string, [RegExp, ...TypeDefinition[]]> = {
  'two types of one name': [/duplicate types/, user, user],
  'a reserved type': [/reserved/, type('self')],
  'a reserved relation': [/reserved/, user, type('d', { this: [self, 'user'] })],
  'a computed relation that is not there': [/'d#b' relation is undefined/, user, type('d', { a: [computed('b')] })],
  'a tupleset that is not there': [/'d#p' relation is undefined/, user, type('d', { a: [from('a', 'p')] })],
  'a tupleset that is computed': [
    /must be a direct relation/,
    user,
    type('d', { a: [self, 'd'], p: [computed('a')], v: [from('a', 'p')] }),
  ],
  'a tupleset of usersets': [
    /plain type/,
    user,
    type('d', { a: [self, 'user'], p: [self, 'd#a'], v: [from('a', 'p')] }),
  ],
  'a tupleset of the public': [
    /plain type/,
    user,
    type('d', { a: [self, 'user'], p: [self, 'd:*'], v: [from('a', 'p')] }),
  ],
  'a relation no parent has': [
    /not a relation of any type/,
    user,
    type('d', { p: [self, 'user'], v: [from('a', 'p')] }),
  ],
  'a direct relation without types': [/at least one relation type/, user, type('d', { a: [self] })],
  'a computed relation with types': [
    /should not contain a relation type/,
    user,
    type('d', { a: [self, 'user'], b: [computed('a'), 'user'] }),
  ],
  'a restriction to an unknown type': [/is not valid/, user, type('d', { a: [self, 'bot'] })],
  'a restriction to an unknown relation': [/'user#a' .* is not valid/, user, type('d', { a: [self, 'user#a'] })],
  'a relation computed from itself': [
    /computed from itself/,
    user,
    type('d', { a: [any(self, computed('a')), 'user'] }),
  ],
  'relations computed from each other': [
    /computed from itself/,
    user,
    type('d', { a: [any(self, computed('b')), 'user'], b: [all(self, computed('a')), 'user'] }),
  ],
  'usersets nobody can enter': [/no entrypoints/, type('d', { a: [self, 'd#b'], b: [self, 'd#a'] })],
  'an intersection nobody can enter': [
    /no entrypoints/,
    user,
    type('d', { a: [all(self, computed('b')), 'user'], b: [self, 'd#b'] }),
  ],
  'a parent that is only itself': [/no entrypoints/, type('d', { p: [self, 'd'], v: [from('v', 'p')] })],
}

for (const [name, [reason, ...types]] of Object.entries(invalid))
  test(`a model with ${name} is refused`, () => {
    assert.throws(() => validTypes(model(...types)), refused(reason))
  })

test('recursion that has a way in is valid', () => {
  const types = validTypes(
    model(
      user,
      type('group', { member: [self, 'user', 'group#member'] }),
      type('document', {
        parent: [self, 'document'],
        blocked: [self, 'user:*', 'group#member'],
        viewer: [butNot(any(self, from('viewer', 'parent')), computed('blocked')), 'user', 'document#viewer'],
      }),
    ),
  )
  assert.deepEqual([...types.keys()], ['user', 'group', 'document'])
})

test('a rewrite is one kind, complete, and nested only so deep', () => {
  const wrong: unknown[] = [
    {},
    null,
    [],
    'this',
    { unknown: {} },
    { this: {}, computedUserset: { relation: 'a' } },
    { computedUserset: {} },
    { computedUserset: { object: 'document:1', relation: 'a' } },
    { union: { child: [] } },
    { intersection: {} },
    { difference: { base: { this: {} } } },
    { tupleToUserset: { tupleset: { relation: 'p' } } },
  ]
  for (const value of wrong) assert.throws(() => readRewrite(value, "'a'"), refused(/invalid/))
  let deep: unknown = { this: {} }
  for (let n = 0; n < 50_000; n++) deep = { union: { child: [deep] } }
  assert.throws(() => readRewrite(deep, "'a'"), refused(/too deep/))
})

test('a rewrite in snake case reads as the same rewrite', () => {
  const given = {
    tuple_to_userset: { tupleset: { relation: 'p' }, computed_userset: { object: '', relation: 'v' } },
    this: null,
  }
  assert.deepEqual(readRewrite(given, "'a'"), from('v', 'p'))
  assert.deepEqual(readRewrite({ computed_userset: { relation: 'v' } }, "'a'"), computed('v'))
})
