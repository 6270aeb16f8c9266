// A role is a ceiling: whatever scopes a person's token names, and whatever a token's holder may, both must allow it.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Api, api, machineApi } from '../testing/api.ts'
import { eachHouse } from '../testing/house.ts'
import { COMMAND_LINE, PASSWORD, signInAt } from '../testing/shop.ts'

const ROLES = ['admin', 'security', 'auditor', 'developer', 'nobody'] as const
type Role = (typeof ROLES)[number]

/** Method, path, body, and who may. What is permitted may still be refused for what it says. */
const MATRIX: [method: string, path: string, body: object | undefined, may: readonly Role[]][] = [
  ['GET', '/api/v1/users', undefined, ['admin', 'security', 'auditor', 'developer']],
  ['POST', '/api/v1/users', { email: 'x' }, ['admin']],
  ['POST', '/api/v1/groups', { name: '' }, ['admin']],
  ['GET', '/api/v1/roles', undefined, ['admin', 'security', 'auditor', 'developer']],
  ['PUT', '/api/v1/roles/admin/members/SELF', undefined, ['admin']],
  ['POST', '/api/v1/users/SELF/reactivate', undefined, ['admin']],
  ['GET', '/api/v1/agents', undefined, ['admin', 'security', 'auditor', 'developer']],
  ['POST', '/api/v1/agents/AGENT/credentials', { type: 'private_key_jwt' }, ['admin', 'security', 'developer']],
  ['PATCH', '/api/v1/agents/AGENT', {}, ['admin', 'security', 'developer']],
  ['POST', '/api/v1/agents/AGENT/activate', undefined, ['admin', 'security', 'developer']],
  ['PUT', '/api/v1/agents/AGENT/managed-connections/none', {}, ['admin', 'security']],
  ['GET', '/api/v1/connections', undefined, ['admin', 'security', 'auditor', 'developer']],
  ['POST', '/api/v1/connections', { name: 'x', kind: 'none', upstream: 'x' }, ['admin', 'security']],
  ['GET', '/api/v1/clients', undefined, ['admin', 'security', 'auditor']],
  ['POST', '/api/v1/clients', { name: 'x', type: 'web' }, ['admin']],
  ['GET', '/api/v1/audit/events', undefined, ['admin', 'security', 'auditor']],
  ['GET', '/api/v1/audit/export', undefined, ['admin', 'security', 'auditor']],
  ['GET', '/fga/stores', undefined, ['admin', 'security', 'auditor', 'developer']],
  ['POST', '/fga/stores', { name: '' }, ['admin', 'security']],
]
// What does not fit is refused before anyone asks who may: these say nothing of rights.
const SHAPELESS = new Set(['POST /api/v1/users', 'POST /api/v1/groups', 'POST /fga/stores'])

eachHouse(
  'a role',
  (house) => {
    const people = new Map<Role, { id: string; api: Api; fga: Api }>()
    let count = 0

    const signedIn = async (email: string, audience: '/api' | '/fga', scope: string) => {
      const asked = {
        agent: COMMAND_LINE,
        person: { email, password: PASSWORD },
        resource: `${house.issuer}${audience}`,
        scope,
      }
      return api(house.issuer, (await signInAt(house.issuer, asked)).access_token)
    }

    before(async () => {
      const { admin } = house.shop
      for (const role of ROLES) {
        const email = `${role}@example.com`
        const { id: user } = await admin.must('POST', '/api/v1/users', { email, password: PASSWORD })
        if (role !== 'nobody') await admin.must('PUT', `/api/v1/roles/${role}/members/${user}`)
        people.set(role, {
          id: user,
          api: await signedIn(email, '/api', 'openid admin'),
          fga: await signedIn(email, '/fga', 'openid admin'),
        })
      }
    })

    for (const role of ROLES)
      test(`${role} may do what the role says and nothing more, although the token says admin`, async () => {
        const who = people.get(role)
        assert.ok(who)
        for (const [method, path, body, may] of MATRIX) {
          if (SHAPELESS.has(`${method} ${path}`)) continue
          const at = path.replace('SELF', who.id).replace('AGENT', house.shop.agent.id)
          const { status } = await (path.startsWith('/fga') ? who.fga : who.api).call(method, at, body)
          if (may.includes(role))
            assert.ok(![401, 403].includes(status), `${role} may not ${method} ${path}: ${status}`)
          else assert.equal(status, 403, `${role} may ${method} ${path}`)
        }
        count += 1
      })

    test('nobody made themself an administrator on the way', async () => {
      assert.equal(count, ROLES.length)
      const { roles } = await house.shop.admin.must('GET', '/api/v1/roles')
      const admins = roles.find(({ role }: { role: string }) => role === 'admin').members
      for (const role of ROLES) assert.equal(admins.includes(people.get(role)?.id), role === 'admin')
    })

    test('writing is refused to who may only read, with the same body an administrator writes with', async () => {
      const body = () => ({ email: `new-${Math.random()}@example.com` })
      for (const role of ['security', 'auditor', 'developer', 'nobody'] as const) {
        assert.equal((await people.get(role)?.api.call('POST', '/api/v1/users', body()))?.status, 403, role)
        assert.equal((await people.get(role)?.api.call('POST', '/api/v1/groups', { name: `g-${role}` }))?.status, 403)
      }
      assert.equal((await people.get('admin')?.api.call('POST', '/api/v1/users', body()))?.status, 201)
    })

    test('an administrator’s token with a narrow scope is narrow', async () => {
      const narrow = await signedIn('admin@example.com', '/api', 'openid agents:read')
      assert.equal((await narrow.call('GET', '/api/v1/agents')).status, 200)
      for (const [method, path] of [
        ['GET', '/api/v1/users'],
        ['GET', '/api/v1/audit/events'],
        ['POST', `/api/v1/agents/${house.shop.agent.id}/suspend`],
      ] as const)
        assert.equal((await narrow.call(method, path, method === 'POST' ? { reason: 'x' } : undefined)).status, 403)
    })

    test('a role that is taken away counts no more, from the next call on', async () => {
      const who = people.get('auditor')
      assert.ok(who)
      assert.equal((await who.api.call('GET', '/api/v1/audit/events')).status, 200)
      await house.shop.admin.must('DELETE', `/api/v1/roles/auditor/members/${who.id}`)
      assert.equal((await who.api.call('GET', '/api/v1/audit/events')).status, 403)
    })

    test('a service may ask only for what it was given', async () => {
      const { admin } = house.shop
      const access = { [`${house.issuer}/api`]: ['agents:read'] }
      const made = await admin.must('POST', '/api/v1/clients', { name: 'Reader', type: 'service', access })
      const ask = async (form: Record<string, string>) => {
        const basic = Buffer.from(`${made.client_id}:${made.client_secret}`).toString('base64')
        const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
        const headers = { authorization: `Basic ${basic}` }
        const answer = await fetch(`${house.issuer}/oauth/token`, { method: 'POST', body, headers })
        return (await answer.json()) as { error?: string; scope?: string; access_token: string }
      }
      const resource = `${house.issuer}/api`
      assert.equal((await ask({ resource, scope: 'admin' })).error, 'invalid_scope')
      assert.equal((await ask({ resource: `${house.issuer}/fga` })).error, 'invalid_target')
      const token = await ask({ resource })
      assert.equal(token.scope, 'agents:read')
      const reader = api(house.issuer, token.access_token)
      assert.equal((await reader.call('GET', '/api/v1/agents')).status, 200)
      assert.equal((await reader.call('GET', '/api/v1/users')).status, 403)
      await admin.must('DELETE', `/api/v1/clients/${made.client_id}`)
      assert.equal((await reader.call('GET', '/api/v1/agents')).status, 401)
      assert.ok((await machineApi(house.issuer)).token)
    })
  },
  { records: false },
)
