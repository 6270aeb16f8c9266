// The rules of states, expiry, redirect URIs and secrets, without a database.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NewAgent, redirectRule } from '@mandate/contract'
import { Problem } from '../kernel/problem.ts'
import { after, expiryOf } from './model.ts'
import { hashAmong, hashSecret, newSecret } from './secrets.ts'

describe('the states of an agent', () => {
  it('are reached by these transitions and no others', () => {
    const table = (['registered', 'active', 'suspended', 'retired'] as const).map((from) =>
      (['activate', 'suspend', 'retire'] as const).map((transition) => after(from, transition) ?? '–').join(' '),
    )
    assert.deepEqual(table, ['active – retired', '– suspended retired', 'active – retired', '– – –'])
  })
})

describe('the expiry of a credential', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  it('is 90 days away when nothing is asked for', () => {
    assert.equal(new Date(expiryOf(undefined, now)).toISOString(), '2026-04-01T00:00:00.000Z')
  })
  it('is what was asked for, in any time zone, up to 365 days', () => {
    assert.equal(expiryOf('2026-01-01T02:00:01+02:00', now), now + 1000)
    assert.equal(expiryOf('2027-01-01T00:00:00Z', now), now + 365 * 86_400_000)
  })
  for (const asked of ['2026-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '2027-01-01T00:00:01Z', '9999-12-31T23:59:59Z'])
    it(`is never ${asked}`, () => {
      assert.throws(() => expiryOf(asked, now), Problem)
    })
})

describe('a redirect URI', () => {
  for (const good of [
    'https://app.example/callback',
    'https://app.example',
    'https://app.example/cb?tenant=1',
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:8080/cb',
  ])
    it(`may be ${good}`, () => assert.equal(redirectRule(good), undefined))

  for (const bad of [
    '',
    '/callback',
    'app.example/cb',
    'http://app.example/cb',
    'http://localhost.evil.example/cb',
    'http://localhost@evil.example/cb',
    'http://127.1/cb',
    'http://0x7f000001/cb',
    'https://user:secret@app.example/cb',
    'https://@app.example/cb',
    'https://app.example/cb#',
    'https://app.example/cb#token',
    'https://*.app.example/cb',
    'https://app.example/*',
    'https:app.example/cb',
    'https:///app.example/cb',
    'https://app.example\\@evil.example/cb',
    'https://app.example/a/../b',
    'https://app.example/%2e%2e/b',
    'https://APP.example/cb',
    'https://app.ex\tample/cb',
    'https://app.example/cb ',
    ' https://app.example/cb',
    'https://app.example/c b',
    'https://bücher.example/cb',
    'javascript:alert(1)',
    'data:text/html,x',
    'myapp://callback',
    'file:///etc/passwd',
  ])
    it(`is never ${JSON.stringify(bad)}`, () => assert.notEqual(redirectRule(bad), undefined))
})

describe('what is said of a new agent', () => {
  const least = { name: 'Refund bot', purpose: 'Refunds orders', owners: ['usr_1'], risk_class: 'low' }
  it('has defaults that give nothing away', () => {
    const agent = NewAgent.parse(least)
    assert.deepEqual(agent.assigned, { users: [], groups: [], everyone: false })
    assert.deepEqual(agent.may_delegate_to, [])
    assert.equal(agent.max_delegation_depth, 4)
  })
  for (const [wrong, given] of Object.entries({
    'without a name': { ...least, name: ' ' },
    'without a purpose': { ...least, purpose: '\n' },
    'with a purpose of 2001 characters': { ...least, purpose: 'x'.repeat(2001) },
    'without an owner': { ...least, owners: [] },
    'owned by a group': { ...least, owners: ['grp_1'] },
    'owned by an agent': { ...least, owners: ['agt_1'] },
    'without a risk class': { ...least, risk_class: undefined },
    'of a risk class of its own': { ...least, risk_class: 'none' },
    'with a NUL in its name': { ...least, name: 'a\u0000b' },
    'with half a surrogate in its purpose': { ...least, purpose: 'a\ud800' },
    'that names its id': { ...least, id: 'agt_1' },
    'that names its status': { ...least, status: 'active' },
    'of depth 0': { ...least, max_delegation_depth: 0 },
    'of depth 9': { ...least, max_delegation_depth: 9 },
    'of depth 1.5': { ...least, max_delegation_depth: 1.5 },
    'of depth "4"': { ...least, max_delegation_depth: '4' },
    'assigned to all people by another word': { ...least, assigned: { all: true } },
    'assigned to "true"': { ...least, assigned: { everyone: 'true' } },
    'that may delegate to everyone': { ...least, may_delegate_to: '*' },
    'that may delegate to a user': { ...least, may_delegate_to: ['usr_1'] },
  }))
    it(`is refused ${wrong}`, () => assert.equal(NewAgent.safeParse(given).success, false))
})

describe('a client secret', () => {
  it('carries 256 random bits behind its prefix', () => {
    const secret = newSecret()
    assert.match(secret, /^mdt_[A-Za-z0-9_-]{43}$/)
    assert.notEqual(secret, newSecret())
  })
  it('is found among hashes, and nothing else is', () => {
    const [a, b] = [newSecret(), newSecret()]
    assert.equal(hashAmong(hashSecret(a), [hashSecret(b), hashSecret(a)]), true)
    for (const wrong of ['', a.slice(0, -1), `${a} `, hashSecret(a), 'mdt_'])
      assert.equal(hashAmong(hashSecret(wrong), [hashSecret(a), hashSecret(b), '']), false)
    assert.equal(hashAmong(hashSecret(a), []), false)
  })
})
