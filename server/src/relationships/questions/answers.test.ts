import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEPTH_LIMIT } from '../engine/question.ts'
import { Refusal } from '../protocol/problems.ts'
import { all, any, butNot, computed, from, model, self, type } from '../testing/models.ts'
import { asking } from '../testing/questions.ts'

const user = type('user')
const group = type('group', { member: [self, 'user', 'group#member'] })
const tooComplex = (error: unknown) =>
  error instanceof Refusal && error.refusal === 'authorization_model_resolution_too_complex'

test('a tuple grants its own user and nobody else', () => {
  const { check } = asking(model(user, type('document', { viewer: [self, 'user'] })), 'document:1#viewer@user:anne')
  assert.equal(check('document:1#viewer@user:anne'), true)
  assert.equal(check('document:1#viewer@user:ann'), false)
  assert.equal(check('document:1#viewer@user:*'), false)
  assert.equal(check('document:11#viewer@user:anne'), false)
})

test('a tuple of a kind the model no longer allows grants nothing', () => {
  const document = type('document', {
    parent: [self, 'folder'],
    viewer: [any(self, from('viewer', 'parent')), 'group#member'],
  })
  const folder = type('folder', { viewer: [self, 'user'] })
  const { check } = asking(
    model(user, group, folder, document),
    'document:1#viewer@user:anne',
    'document:1#viewer@user:*',
    'document:2#parent@folder:*',
    'document:3#parent@folder:a#viewer',
    'folder:*#viewer@user:anne',
    'folder:a#viewer@user:anne',
  )
  for (const id of [1, 2, 3]) assert.equal(check(`document:${id}#viewer@user:anne`), false)
})

test('a wildcard grants every user of its type, but no userset and no other type', () => {
  const bots = type('bot')
  const { check } = asking(
    model(user, bots, group, type('document', { viewer: [self, 'user:*', 'group:*'] })),
    'document:1#viewer@user:*',
    'document:1#viewer@group:*',
  )
  assert.equal(check('document:1#viewer@user:anyone'), true)
  assert.equal(check('document:1#viewer@user:*'), true)
  assert.equal(check('document:1#viewer@bot:b'), false)
  assert.equal(check('document:1#viewer@group:a'), true)
  assert.equal(check('document:1#viewer@group:a#member'), false)
})

test('membership passes through usersets of usersets', () => {
  const { check } = asking(
    model(user, group, type('document', { viewer: [self, 'group#member'] })),
    'document:1#viewer@group:a#member',
    'group:a#member@group:b#member',
    'group:b#member@user:anne',
  )
  assert.equal(check('document:1#viewer@user:anne'), true)
  assert.equal(check('document:1#viewer@group:b#member'), true)
  assert.equal(check('document:1#viewer@group:b'), false)
  assert.equal(check('document:1#viewer@document:1#viewer'), true)
})

test('a relation from the parent looks at every parent, of every type that has it', () => {
  const folder = type('folder', { viewer: [self, 'user'] })
  const team = type('team', { viewer: [self, 'user'] })
  const drawer = type('drawer')
  const document = type('document', { parent: [self, 'folder', 'team', 'drawer'], viewer: [from('viewer', 'parent')] })
  const { check } = asking(
    model(user, folder, team, drawer, document),
    'document:1#parent@drawer:d',
    'document:1#parent@folder:a',
    'document:1#parent@team:t',
    'team:t#viewer@user:anne',
    'folder:b#viewer@user:bob',
  )
  assert.equal(check('document:1#viewer@user:anne'), true)
  assert.equal(check('document:1#viewer@user:bob'), false)
})

test('an intersection wants every part', () => {
  const document = type('document', {
    a: [self, 'user'],
    b: [self, 'user:*'],
    viewer: [all(computed('a'), computed('b'))],
  })
  const { check } = asking(
    model(user, document),
    'document:1#a@user:anne',
    'document:1#b@user:*',
    'document:2#a@user:anne',
  )
  assert.equal(check('document:1#viewer@user:anne'), true)
  assert.equal(check('document:1#viewer@user:bob'), false)
  assert.equal(check('document:2#viewer@user:anne'), false)
})

test('an exclusion takes one user out of the public, and the public out of one user', () => {
  const document = type('document', {
    blocked: [self, 'user', 'user:*'],
    viewer: [butNot(self, computed('blocked')), 'user', 'user:*'],
  })
  const { check } = asking(
    model(user, document),
    'document:1#viewer@user:*',
    'document:1#blocked@user:bob',
    'document:2#viewer@user:anne',
    'document:2#blocked@user:*',
  )
  assert.equal(check('document:1#viewer@user:anne'), true)
  assert.equal(check('document:1#viewer@user:bob'), false)
  assert.equal(check('document:2#viewer@user:anne'), false)
})

test('a cycle of groups ends, and grants only whom some tuple brings in', () => {
  const { check } = asking(
    model(user, group),
    'group:a#member@group:b#member',
    'group:b#member@group:c#member',
    'group:c#member@group:a#member',
    'group:c#member@user:anne',
  )
  for (const id of ['a', 'b', 'c']) {
    assert.equal(check(`group:${id}#member@user:anne`), true)
    assert.equal(check(`group:${id}#member@user:bob`), false)
  }
})

test('a cycle through an exclusion grants nothing, whichever side it is on', () => {
  const document = type('document', {
    restricted: [self, 'user', 'document#viewer'],
    viewer: [butNot(self, computed('restricted')), 'user', 'document#viewer'],
  })
  const { check } = asking(
    model(user, document),
    'document:1#viewer@user:anne',
    'document:1#restricted@document:1#viewer',
    'document:2#viewer@document:2#viewer',
  )
  assert.equal(check('document:1#viewer@user:anne'), false)
  assert.equal(check('document:2#viewer@user:anne'), false)
})

test('a cycle in one part of an intersection grants nothing', () => {
  const document = type('document', {
    allowed: [self, 'user'],
    viewer: [all(self, computed('allowed')), 'document#viewer'],
  })
  const { check } = asking(model(user, document), 'document:1#allowed@user:anne', 'document:1#viewer@document:1#viewer')
  assert.equal(check('document:1#viewer@user:anne'), false)
})

test('twenty-five nested steps are judged and one more is refused, unless something nearer decides', () => {
  const chain = Array.from({ length: DEPTH_LIMIT + 1 }, (_, n) => `group:${n}#member@group:${n + 1}#member`)
  const last = `group:${DEPTH_LIMIT + 1}#member@user:anne`
  const { check, users } = asking(model(user, group), ...chain, last)
  assert.equal(check('group:1#member@user:anne'), true)
  assert.throws(() => check('group:0#member@user:anne'), tooComplex)
  assert.throws(() => check('group:0#member@user:bob'), tooComplex)
  assert.equal(check('group:0#member@user:bob', 'group:0#member@user:bob'), true)
  assert.throws(() => users('group:0#member', { type: 'user' }), tooComplex)
})

test('groups that all contain each other are judged at once, not path by path', () => {
  const ids = Array.from({ length: 40 }, (_, n) => n)
  const every = ids.flatMap((a) => ids.map((b) => `group:${a}#member@group:${b}#member`))
  const { check } = asking(model(user, group), ...every, 'group:39#member@user:anne')
  assert.equal(check('group:0#member@user:anne'), true)
  assert.equal(check('group:0#member@user:bob'), false)
})

test('contextual tuples count for the one question they come with', () => {
  const { check } = asking(model(user, group))
  assert.equal(check('group:a#member@user:anne', 'group:a#member@group:b#member', 'group:b#member@user:anne'), true)
  assert.equal(check('group:a#member@user:anne'), false)
})

test('the list of objects is every object a check allows, over groups, parents, computed relations and the public', () => {
  const document = type('document', {
    parent: [self, 'document'],
    blocked: [self, 'user'],
    viewer: [butNot(any(self, from('viewer', 'parent')), computed('blocked')), 'user:*', 'group#member'],
  })
  const { check, objects } = asking(
    model(user, group, document),
    'group:a#member@user:anne',
    'document:1#viewer@group:a#member',
    'document:2#parent@document:1',
    'document:3#parent@document:2',
    'document:3#blocked@user:anne',
    'document:4#viewer@user:*',
    'document:5#viewer@group:b#member',
    'document:6#parent@document:6',
  )
  const anyone = ['user:anne', 'user:bob', 'user:*', 'group:a#member', 'document:6#viewer']
  for (const who of anyone)
    assert.deepEqual(
      objects('document', 'viewer', who),
      [1, 2, 3, 4, 5, 6].map((id) => `document:${id}`).filter((object) => check(`${object}#viewer@${who}`)),
    )
  assert.deepEqual(objects('document', 'viewer', 'user:anne'), ['document:1', 'document:2', 'document:4'])
  assert.deepEqual(objects('document', 'viewer', 'document:6#viewer'), ['document:6'])
})

test('the list of users names whom tuples name, and the public as such', () => {
  const document = type('document', {
    a: [self, 'user'],
    b: [self, 'user'],
    blocked: [self, 'user'],
    viewer: [
      butNot(any(self, all(computed('a'), computed('b'))), computed('blocked')),
      'user',
      'user:*',
      'group#member',
    ],
  })
  const { users } = asking(
    model(user, group, document),
    'document:1#viewer@user:*',
    'document:1#viewer@user:anne',
    'document:1#viewer@user:dan',
    'document:1#viewer@group:a#member',
    'group:a#member@user:carl',
    'document:1#a@user:bob',
    'document:1#blocked@user:dan',
  )
  assert.deepEqual(users('document:1#viewer', { type: 'user' }), ['user:*', 'user:anne', 'user:carl'])
  assert.deepEqual(users('document:1#viewer', { type: 'group', relation: 'member' }), ['group:a#member'])
  assert.deepEqual(users('document:1#viewer', { type: 'document', relation: 'viewer' }), ['document:1#viewer'])
})
