import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tuples } from '../cache/tuples.ts'
import type { ModelBody, Tuple } from '../model.ts'
import { rulesOf } from '../models/tuple-rules.ts'
import { all, any, butNot, computed, from, model, self, tuple, type } from '../testing/models.ts'
import { explain } from './explanation.ts'

const body: ModelBody = {
  ...model(
    type('user'),
    type('group', { member: [self, 'user', 'group#member'] }),
    type('folder', { viewer: [self, 'user', 'group#member'] }),
    type('document', {
      parent: [self, 'folder'],
      owner: [self, 'user'],
      blocked: [self, 'user'],
      cleared: [self, 'user', 'user with late'],
      viewer: [butNot(any(self, computed('owner'), from('viewer', 'parent')), computed('blocked')), 'group#member'],
      secret: [all(computed('viewer'), computed('cleared'))],
    }),
  ),
  conditions: { late: { name: 'late', expression: 'hour > 18', parameters: { hour: { type_name: 'TYPE_NAME_INT' } } } },
}
const written: Tuple[] = [
  ...[
    'document:1#parent@folder:a',
    'folder:a#viewer@group:x#member',
    'group:x#member@group:y#member',
    'group:y#member@user:anne',
    'document:1#viewer@group:y#member',
    'document:1#owner@user:bob',
    'document:1#blocked@user:carl',
    'group:x#member@user:carl',
  ].map(tuple),
  { ...tuple('document:1#cleared@user:anne'), condition: { name: 'late' } },
]
const asked = (question: string, context?: Record<string, unknown>, contextual: Tuple[] = []) => {
  const rules = { id: 'm', body, ...rulesOf(body) }
  const tuples = new Tuples(3)
  tuples.load(written)
  const store = { id: 's', name: 's', created_at: '', models: new Map(), newest: rules, tuples }
  return explain({ store, model: rules }, tuple(question), { contextual, context })
}

test('what is allowed is explained by the shortest way, tuple by tuple', () => {
  assert.deepEqual(asked('document:1#viewer@user:anne'), {
    allowed: true,
    path: ['document:1#viewer@group:y#member', 'group:y#member@user:anne', 'nothing excludes from document:1#viewer'],
    missing: [],
  })
  assert.deepEqual(asked('document:1#viewer@user:bob').path, [
    'document:1#viewer includes document:1#owner',
    'document:1#owner@user:bob',
    'nothing excludes from document:1#viewer',
  ])
  assert.deepEqual(
    asked('document:1#secret@user:anne', { hour: 20 }).path.at(-1),
    'document:1#cleared@user:anne with late',
  )
  assert.deepEqual(asked('group:z#member@user:eve', {}, [tuple('group:z#member@user:eve')]).path, [
    'group:z#member@user:eve',
  ])
})

test('what is not allowed is explained by what is missing or stands against it', () => {
  assert.deepEqual(asked('document:1#viewer@user:carl'), {
    allowed: false,
    path: [],
    missing: ['user:carl is excluded from document:1#viewer'],
  })
  const { missing } = asked('document:1#viewer@user:eve')
  assert.ok(missing.includes('no tuple document:1#owner@user:eve'))
  assert.ok(missing.includes('no tuple group:y#member@user:eve'))
  const faulty = asked('document:1#secret@user:anne').missing
  assert.ok(faulty.some((reason) => reason.includes('cannot be judged')))
  assert.ok(faulty.some((reason) => reason.includes('context parameters are missing: hour')))
  assert.equal(asked('document:1#secret@user:anne', { hour: 9 }).allowed, false)
})
