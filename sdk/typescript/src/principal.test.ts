// Who a retrieval is for cannot be a text that anybody wrote: not by types, and not when there are no types.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Principal, principal } from './principal.ts'
import { retrieve } from './retrieve.ts'
import { fakeEngine } from './testing/engine.ts'
import { visibleIds } from './visible-ids.ts'

test('a plain text, a look-alike and a copy are no principal', async () => {
  await using fake = await fakeEngine()
  const asked = { type: 'doc', relation: 'viewer' }
  const dana = principal({ user: 'usr_dana' })
  // @ts-expect-error a bare id is not a principal
  const bare: Principal = 'usr_dana'
  // @ts-expect-error an object of the same shape is not a principal
  const alike: Principal = { user: 'usr_dana', agents: [] }
  const search = async () => [{ id: '1' }]
  const copy = Object.create(dana, { user: { value: 'usr_eve' } }) as Principal
  for (const wrong of [bare, alike, copy, undefined as unknown as Principal, null as unknown as Principal]) {
    await assert.rejects(visibleIds(fake.engine, { principal: wrong, ...asked }), { code: 'invalid' })
    const given = { principal: wrong, ...asked, search, k: 1, idOf: ({ id }: { id: string }) => id }
    await assert.rejects(retrieve(fake.engine, given), { code: 'invalid' })
    await assert.rejects(visibleIds(fake.engine, { principal: dana, audience: [wrong], ...asked }), { code: 'invalid' })
  }
  assert.equal(fake.asked.length, 0)
})

test('ids of another kind, and ids that would read as something else, are refused', () => {
  // @ts-expect-error an agent is not a user
  assert.throws(() => principal({ user: 'agt_bot' }), { code: 'invalid' })
  for (const user of ['usr_', 'usr_a#member', 'usr_*', 'usr_a:b', 'usr_a b', 'user:usr_a', `usr_${'x'.repeat(61)}`])
    assert.throws(() => principal({ user: user as `usr_${string}` }), { code: 'invalid' }, user)
  assert.throws(() => principal({ user: 'usr_a', agents: ['usr_b' as `agt_${string}`] }), { code: 'invalid' })
})

test('a principal cannot be changed after it was made', () => {
  const agents: `agt_${string}`[] = ['agt_bot']
  const dana = principal({ user: 'usr_dana', agents })
  agents.push('agt_other')
  assert.deepEqual(dana.agents, ['agt_bot'])
  assert.throws(() => Object.assign(dana, { user: 'usr_eve' }))
  assert.equal(dana.user, 'usr_dana')
})
