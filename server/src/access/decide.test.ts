import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ManagedConnectionTerms, Mode } from '@mandate/contract'
import fc from 'fast-check'
import type { Agents } from '../agents/index.ts'
import { type Connections, LISTING } from '../connections/index.ts'
import type { AgentId } from '../kernel/ids.ts'
import type { Principal } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import { nobody } from '../pipeline/index.ts'
import { decider } from './decide.ts'
import { MANAGEMENT_SCOPES } from './management.ts'
import { modeOf, narrows } from './model.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const terms = (more: Partial<ManagedConnectionTerms> = {}): ManagedConnectionTerms => ({
  scopes: {},
  default: 'never',
  reason: 'small and recorded',
  ...more,
})

interface World {
  terms: Record<string, ManagedConnectionTerms>
  standing?: Record<string, string>
  effects?: Record<string, 'read' | 'write' | 'irreversible'>
  fresh?: boolean
}

function deciding({ terms: known, standing = {}, effects = {}, fresh = true }: World) {
  const tools = new Map(Object.entries(effects).map(([name, effect]) => [name, { effect }]))
  const connection = { id: 'con_1', name: 'orders', tools }
  return decider({
    people: {
      membersOf: () => [],
      byEmail: () => undefined,
      rolesOf: () => new Set(),
      groupsOf: () => new Set(),
      active: () => true,
      person: () => undefined,
    },
    agents: { standing: (id: string) => standing[id] ?? 'active' } as unknown as Agents,
    connections: { byId: (id: string) => (id === 'con_1' ? connection : undefined) } as unknown as Connections,
    managed: { terms: (agent) => known[agent], targets: () => new Map() },
    assertFresh() {
      if (!fresh) throw new Problem('unavailable')
    },
    now: () => NOW,
  })
}

const chain = (...agents: string[]): Principal => ({
  ...nobody,
  sub: 'usr_dana',
  kind: 'user',
  act: agents.map((sub) => ({ sub: sub as AgentId })),
})
const use = (action: string) => ({ action, resource: 'connection:con_1' })

test('the mode of a tool decides, then the default, and nothing said is denied', () => {
  const decide = deciding({
    terms: { agt_1: terms({ scopes: { go: 'auto', ask: 'approval', no: 'never' } }) },
    effects: { go: 'read' },
  })
  const answers = ['go', 'ask', 'no', 'other'].map((tool) => decide(chain('agt_1'), use(tool)).answer)
  assert.deepEqual(answers, ['permit', 'ask', 'deny', 'deny'])
  assert.equal(decide(chain('agt_2'), use('go')).answer, 'deny')
})

test('names that every object inherits are no tools', () => {
  const decide = deciding({ terms: { agt_1: terms() } })
  for (const tool of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    assert.equal(decide(chain('agt_1'), use(tool)).answer, 'deny')
})

test('every agent of the chain must be granted it: no one does through another what is closed to it', () => {
  const modes = fc.constantFrom<Mode>('auto', 'approval', 'never')
  fc.assert(
    fc.property(fc.array(modes, { minLength: 1, maxLength: 5 }), (list) => {
      const known = Object.fromEntries(list.map((mode, n) => [`agt_${n}`, terms({ scopes: { go: mode } })]))
      const answer = deciding({ terms: known })(chain(...Object.keys(known)), use('go')).answer
      const expected = list.includes('never') ? 'deny' : list.includes('approval') ? 'ask' : 'permit'
      assert.equal(answer, expected)
    }),
  )
})

test('an agent that is not active denies, wherever it stands in the chain', () => {
  const known = { agt_1: terms({ default: 'auto' }), agt_2: terms({ default: 'auto' }) }
  for (const state of ['suspended', 'retired', 'unowned', 'registered', 'unknown'])
    for (const sub of ['agt_1', 'agt_2']) {
      const decide = deciding({ terms: known, standing: { [sub]: state } })
      assert.equal(decide(chain('agt_1', 'agt_2'), use('go')).answer, 'deny')
    }
})

test('without an agent nobody uses a connection', () => {
  assert.equal(deciding({ terms: {} })(chain(), use('go')).answer, 'deny')
})

test('terms that have expired grant nothing', () => {
  const expired = terms({ default: 'auto', expires_at: '2025-12-31T23:59:59Z' })
  const decide = deciding({ terms: { agt_1: expired } })
  assert.equal(decide(chain('agt_1'), use('go')).answer, 'deny')
  assert.equal(decide(chain('agt_1'), use(LISTING)).answer, 'deny')
  assert.equal(modeOf(terms({ default: 'auto', expires_at: '2026-01-01T00:00:01Z' }), 'go', NOW), 'auto')
})

test('irreversible without a written reason is denied although auto, also when nobody classified it', () => {
  const known = { agt_1: terms({ scopes: { pay: 'auto', odd: 'auto', look: 'auto' }, reason: null }) }
  const decide = deciding({ terms: known, effects: { pay: 'irreversible', look: 'read' } })
  assert.equal(decide(chain('agt_1'), use('pay')).answer, 'deny')
  assert.equal(decide(chain('agt_1'), use('odd')).answer, 'deny')
  assert.equal(decide(chain('agt_1'), use('look')).answer, 'permit')
})

test('looking at what is offered needs any grant at all, and no tool has that name', () => {
  assert.equal(deciding({ terms: { agt_1: terms() } })(chain('agt_1'), use(LISTING)).answer, 'deny')
  const decide = deciding({ terms: { agt_1: terms({ scopes: { go: 'approval' } }) } })
  assert.equal(decide(chain('agt_1'), use(LISTING)).answer, 'permit')
  assert.doesNotMatch(LISTING, /^[A-Za-z0-9_./-]+$/)
})

test('memory that may be too old decides nothing', () => {
  const decide = deciding({ terms: { agt_1: terms({ default: 'auto' }) }, fresh: false })
  assert.throws(() => decide(chain('agt_1'), use('go')), { code: 'unavailable' })
})

test('terms narrow when any scope is granted less or for less long, and not otherwise', () => {
  const before = terms({ scopes: { a: 'auto', b: 'approval' }, default: 'approval' })
  assert.equal(narrows(before, { ...before }), false)
  assert.equal(narrows(before, terms({ ...before, scopes: { a: 'approval', b: 'approval' } })), true)
  assert.equal(narrows(before, terms({ ...before, scopes: { b: 'approval' } })), true)
  assert.equal(narrows(before, terms({ ...before, default: 'never' })), true)
  assert.equal(narrows(before, terms({ ...before, default: 'auto' })), false)
  assert.equal(narrows(before, terms({ ...before, scopes: { ...before.scopes, c: 'never' } })), true)
  assert.equal(narrows(before, terms({ ...before, expires_at: '2027-01-01T00:00:00Z' })), true)
})

const inPerson: Principal = { ...nobody, sub: 'usr_dana', kind: 'user', session: 'ses_1', audience: 'session' }
const byToken = (...scopes: string[]): Principal => ({
  ...{ ...inPerson, client: 'mandate-cli' as Principal['client'], audience: 'https://mandate.example/api' },
  scopes: new Set(scopes),
})

test('an approval is answered by a person in their own session, and with no token whatever it says', () => {
  const decide = deciding({ terms: {} })
  const answers = ['approve', 'deny'].map((action) => ({ action, resource: 'approval:apr_1' }))
  for (const question of answers) {
    assert.equal(decide(inPerson, question).answer, 'permit')
    for (const principal of [
      byToken('admin'),
      byToken('approvals:write', 'session'),
      { ...byToken('admin'), client: 'cli_first_party' as const },
      { ...inPerson, act: [{ sub: 'agt_1' as const }] },
      { ...inPerson, kind: 'service' as const },
      { ...inPerson, kind: 'agent' as const },
    ])
      assert.equal(decide(principal, question).answer, 'deny')
  }
})

test('what is one’s own is there for a session, and for a token only with the scope of its room', () => {
  const decide = deciding({ terms: {} })
  const needed = {
    'read agents': 'agents:read',
    'withdraw agents': 'agents:write',
    'read approvals': 'approvals:read',
    'listen events': 'approvals:read',
    'read accounts': 'connections:read',
    'connect accounts': 'connections:write',
    'disconnect accounts': 'connections:write',
    'read session': 'directory:read',
  }
  for (const [question, scope] of Object.entries(needed)) {
    const [action = '', word = ''] = question.split(' ')
    const answer = (principal: Principal) => decide(principal, { action, resource: `self:${word}` }).answer
    assert.equal(answer(inPerson), 'permit')
    assert.equal(answer(byToken(scope)), 'permit')
    assert.equal(answer(byToken('admin')), 'permit')
    for (const other of MANAGEMENT_SCOPES)
      if (other !== 'admin' && other !== scope && other !== scope.replace(':read', ':write'))
        assert.equal(answer(byToken(other)), 'deny', `${question} with ${other}`)
    for (const scopes of [[], ['openid', 'offline_access'], ['use'], ['session']])
      assert.equal(answer(byToken(...scopes)), 'deny')
    assert.equal(answer({ ...byToken('admin'), act: [{ sub: 'agt_1' }] }), 'deny', 'an agent has nothing of it')
  }
  for (const word of ['', 'interaction', 'constructor', '__proto__'])
    assert.equal(decide(byToken('admin'), { action: 'read', resource: `self:${word}` }).answer, 'deny')
})
