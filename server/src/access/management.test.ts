import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ROLES, type Role } from '@mandate/contract'
import type { People } from '../directory/index.ts'
import { nobody } from '../pipeline/index.ts'
import { decideManagement, MANAGEMENT_SCOPES, ROLE_SCOPES, ROOM_OF, scopeFor } from './management.ts'

const peopleWith = (...roles: Role[]): People => ({
  person: () => undefined,
  active: () => true,
  groupsOf: () => new Set(),
  rolesOf: () => new Set(roles),
  membersOf: () => [],
  byEmail: () => undefined,
})
const person = { ...nobody, sub: 'usr_dana', kind: 'user' } as const
const QUESTIONS = [...new Set(Object.keys(ROOM_OF))].flatMap((resource) =>
  ['read', 'create'].map((action) => ({ action, resource })),
)

test('the whole matrix of roles and questions is as matrix.golden.txt says', () => {
  const lines = QUESTIONS.map((question) => {
    const holders = ROLES.filter((role) => {
      const principal = { ...person, scopes: new Set(['admin']) }
      return decideManagement(peopleWith(role), principal, question).answer === 'permit'
    })
    return `${question.action.padEnd(7)}${question.resource.padEnd(20)}${(scopeFor(question) ?? '').padEnd(24)}${holders.join(' ')}`
  })
  const golden = readFileSync(new URL('./matrix.golden.txt', import.meta.url), 'utf8')
  assert.equal(`${lines.join('\n')}\n`, golden)
})

test('a token never gives more than its scopes, whatever the role', () => {
  for (const scope of MANAGEMENT_SCOPES.filter((name) => name !== 'admin'))
    for (const question of QUESTIONS) {
      const needed = scopeFor(question)
      const principal = { ...person, scopes: new Set([scope]) }
      const permitted = decideManagement(peopleWith('admin'), principal, question).answer === 'permit'
      assert.equal(permitted, scope === needed || scope === needed?.replace(':read', ':write'), `${scope} ${needed}`)
    }
})

test('a person without a role may do nothing, and one without scopes may do nothing', () => {
  for (const question of QUESTIONS) {
    const admin = { ...person, scopes: new Set(['admin']) }
    assert.equal(decideManagement(peopleWith(), admin, question).answer, 'deny')
    assert.equal(decideManagement(peopleWith('admin'), person, question).answer, 'deny')
  }
})

test('in a first-party session the roles alone are the cap, and without a role there is nothing', () => {
  const inPerson = { ...person, audience: 'session', scopes: new Set(['session']) }
  for (const question of QUESTIONS) {
    for (const role of ROLES) {
      const token = { ...person, scopes: new Set(['admin']) }
      const asToken = decideManagement(peopleWith(role), token, question).answer
      assert.equal(decideManagement(peopleWith(role), inPerson, question).answer, asToken)
    }
    assert.equal(decideManagement(peopleWith(), inPerson, question).answer, 'deny')
  }
})

test('only a person is there in person: the word alone opens nothing to services and agents', () => {
  const admin = peopleWith('admin')
  for (const question of QUESTIONS) {
    const service = { ...nobody, sub: 'cli_1', kind: 'service', audience: 'session' } as const
    const agent = { ...nobody, sub: 'agt_1', kind: 'agent', act: [{ sub: 'agt_1' }], audience: 'session' } as const
    const acting = { ...person, audience: 'session', act: [{ sub: 'agt_1' }] } as const
    for (const principal of [service, agent, acting])
      assert.equal(decideManagement(admin, principal, question).answer, 'deny')
    for (const audience of ['', 'https://mandate.example/session', 'session/', 'Session'])
      assert.equal(decideManagement(admin, { ...person, audience }, question).answer, 'deny')
  }
})

test('an agent never administers, not even for an administrator', () => {
  const acting = { ...person, act: [{ sub: 'agt_1' as const }], scopes: new Set(['admin']) }
  for (const question of QUESTIONS) assert.equal(decideManagement(peopleWith('admin'), acting, question).answer, 'deny')
})

test('a resource nobody knows is denied, also by names that objects inherit', () => {
  for (const resource of ['nothing', 'constructor', '__proto__', 'toString:1', ''])
    assert.equal(
      decideManagement(peopleWith('admin'), { ...person, scopes: new Set(['admin']) }, { action: 'read', resource })
        .answer,
      'deny',
    )
})

test('every role asks only for scopes that exist', () => {
  for (const scopes of Object.values(ROLE_SCOPES))
    for (const scope of scopes) assert.ok(MANAGEMENT_SCOPES.includes(scope), scope)
})

test('whatever only looks at relationships needs no more than reading', () => {
  for (const action of [
    'check',
    'list-objects',
    'list-users',
    'expand',
    'explain',
    'read',
    'read-models',
    'read-assertions',
  ])
    assert.equal(scopeFor({ action, resource: 'fga-store:any' }), 'relationships:read', action)
  for (const action of ['write', 'write-model', 'write-assertions', 'delete'])
    assert.equal(scopeFor({ action, resource: 'fga-store:any' }), 'relationships:write', action)
})
