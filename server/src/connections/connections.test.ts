// Connections and resources through their operations: credentials that never come out, and memory that equals the database.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ProblemCode } from '@mandate/contract'
import type { ConnectionId } from '../kernel/ids.ts'
import { Problem } from '../kernel/problem.ts'
import { type Connections, effectOf, operationFor } from './index.ts'
import { openRoom } from './testing/room.ts'

const SECRET = 'sk-do-not-show-me'

describe('connections', () => {
  let room: Awaited<ReturnType<typeof openRoom>>
  before(async () => {
    room = await openRoom()
  })
  after(() => room.close())

  let made = 0
  const create = async (more: Record<string, unknown> = {}) =>
    (await room.call('POST /connections', {
      name: `crm-${++made}`,
      kind: 'api_key',
      upstream: 'https://crm.example/v1',
      credential: SECRET,
      ...more,
    })) as { id: ConnectionId; name: string; has_credential: boolean; upstream: string | null }
  const refuses = (work: Promise<unknown>, code: ProblemCode, field?: string) =>
    assert.rejects(work, (error) => {
      assert.ok(error instanceof Problem, String(error))
      assert.equal(error.code, code, error.message)
      assert.ok(!JSON.stringify([error.message, error.details, error.stack]).includes(SECRET))
      if (field !== undefined) assert.equal(error.details.errors?.[0]?.field, field)
      return true
    })

  it('are found by name and id once created, with their tools', async () => {
    const { id, name } = await create({ tools: { 'GET /orders/{id}': { effect: 'read' }, 'POST /orders': {} } })
    const connection = room.connections.byName(name)
    assert.ok(connection)
    assert.equal(room.connections.byId(id), connection)
    assert.equal(connection.credentialVersion, 1)
    assert.equal(effectOf(connection, 'GET /orders/{id}'), 'read')
    assert.equal(effectOf(connection, 'POST /orders'), 'irreversible')
    assert.equal(operationFor(connection, 'GET', '/orders/42')?.name, 'GET /orders/{id}')
  })

  it('have limits on how long a call takes and how large its answer is, which can be changed', async () => {
    const { id } = await create()
    const limits = () => {
      const { timeoutMs, maxResultBytes } = room.connections.byId(id) ?? {}
      return { timeoutMs, maxResultBytes }
    }
    assert.deepEqual(limits(), { timeoutMs: 60_000, maxResultBytes: 4 * 1024 * 1024 })
    await room.call('PATCH /connections/{id}', { id, timeout_seconds: 300 })
    await room.call('PATCH /connections/{id}', { id, max_result_bytes: 8192 })
    assert.deepEqual(limits(), { timeoutMs: 300_000, maxResultBytes: 8192 })
    const shown = (await room.call('GET /connections/{id}', { id })) as Record<string, unknown>
    assert.deepEqual([shown.timeout_seconds, shown.max_result_bytes], [300, 8192])
    for (const [field, value] of Object.entries({ timeout_seconds: 3601, max_result_bytes: 1023 }))
      await refuses(room.call('PATCH /connections/{id}', { id, [field]: value }), 'invalid_input', field)
  })

  it('hand their credential to the vault and show it nowhere', async () => {
    const shown: unknown[] = []
    const created = await create()
    shown.push(created)
    const { id } = created
    assert.deepEqual(room.kept.get(id), { type: 'api_key', header: 'Authorization', prefix: 'Bearer ', value: SECRET })
    shown.push(
      await room.call('PUT /connections/{id}/credential', { id, credential: { value: SECRET, header: 'X-Key' } }),
    )
    shown.push(await room.call('PATCH /connections/{id}', { id, credential: SECRET, upstream: 'https://b.example' }))
    shown.push(await room.call('GET /connections/{id}', { id }), await room.call('GET /connections'))
    shown.push(
      await room.database.connected(async (connection) => [
        (await connection.query('select * from connections')).rows,
        (await connection.query('select * from changes')).rows,
      ]),
    )
    assert.ok(!JSON.stringify(shown).includes(SECRET))
    assert.equal(created.has_credential, true)
    assert.equal(room.connections.byId(id)?.credentialVersion, 3)
  })

  const PROVIDER = {
    kind: 'oauth2',
    client_id: 'us',
    oauth: { authorization_endpoint: 'https://login.example/authorize', token_endpoint: 'https://login.example/token' },
  }
  const SECRETS = { client_secret: SECRET, credential: SECRET }
  const refusals: [string, Record<string, unknown>, string][] = [
    ['of kind oauth2 with a credential for everybody', { ...PROVIDER, ...SECRETS }, 'credential'],
    ['of kind api_key with a provider', { oauth: PROVIDER.oauth }, 'oauth'],
    ['that read secrets out', { read_out: true }, 'read_out'],
    ['with a client of kind api_key', { client_secret: SECRET }, 'client_secret'],
    ['with scopes of kind api_key', { scopes: ['a'] }, 'scopes'],
    ['of an unknown kind', { kind: SECRET }, 'kind'],
    ['with a field nobody knows', { password: SECRET }, 'password'],
    ['with a name of capital letters', { name: 'CRM' }, 'name'],
    ['with a name that is a path', { name: 'a/b' }, 'name'],
    ['with a name of 41 characters', { name: 'x'.repeat(41) }, 'name'],
    ['with a name that ends in a line break', { name: 'crm\n' }, 'name'],
    ['of kind none with a credential', { kind: 'none' }, 'credential'],
    ['of kind api_key without a credential', { credential: undefined }, 'credential'],
    ['of kind mcp without an upstream', { kind: 'mcp', upstream: undefined }, 'upstream'],
    ['to link-local addresses', { upstream: 'http://169.254.169.254/' }, 'upstream'],
    ['to a program nobody configured', { kind: 'mcp', upstream: 'stdio:evil' }, 'upstream'],
    ['with a credential in the upstream', { upstream: `https://x:${SECRET}@crm.example` }, 'upstream'],
    ['with tools that are wrong', { tools: { 'GET /../x': {} } }, 'tools.GET /../x'],
    ['with an effect nobody knows', { tools: { t: { effect: 'harmless' } } }, 'tools.t.effect'],
    [
      'with a type that is a record',
      { tools: { t: { records: [{ path: '$', type: 'a:b', id: '', relation: 'r' }] } } },
      'tools.t.records[0].type',
    ],
    ['with a NUL in a label', { tools: { t: { labels: ['a\u0000'] } } }, 'tools.t.labels[0]'],
  ]
  for (const [what, more, field] of refusals)
    it(`${what} are refused, naming ${field} and no secret`, () => refuses(create(more), 'invalid_input', field))

  it('have one name each, and leave nothing behind when refused', async () => {
    const { name } = await create()
    const kept = room.kept.size
    await refuses(create({ name }), 'conflict', 'name')
    assert.equal(room.kept.size, kept)
  })

  it('may have no credential, and get one later', async () => {
    const { id, has_credential } = await create({ kind: 'mcp', credential: undefined })
    assert.equal(has_credential, false)
    await room.call('PUT /connections/{id}/credential', { id, credential: SECRET })
    assert.equal(room.connections.byId(id)?.credentialVersion, 1)
    assert.equal((await room.call('GET /connections/{id}', { id })).has_credential, true)
  })

  it('take only a credential that fits their kind', async () => {
    const { id } = await create()
    const basic = { username: 'ada', password: SECRET }
    await refuses(
      room.call('PUT /connections/{id}/credential', { id, credential: basic }),
      'invalid_input',
      'credential',
    )
    const { id: none } = await create({ kind: 'none', credential: undefined })
    await refuses(room.call('PUT /connections/{id}/credential', { id: none, credential: SECRET }), 'invalid_input')
    const { id: child } = await create({ kind: 'mcp', upstream: 'stdio:files' })
    await refuses(room.call('PUT /connections/{id}/credential', { id: child, credential: basic }), 'invalid_input')
    assert.equal(room.kept.get(id)?.type, 'api_key')
    assert.equal(room.kept.has(none), false)
  })

  it('never send a credential to another origin than the one it was given for', async () => {
    const { id } = await create()
    for (const upstream of ['https://evil.example/v1', 'http://crm.example/v1', 'https://crm.example:8443/v1'])
      await refuses(room.call('PATCH /connections/{id}', { id, upstream }), 'conflict', 'credential')
    assert.equal(room.connections.byId(id)?.upstream, 'https://crm.example/v1')
    await room.call('PATCH /connections/{id}', { id, upstream: 'https://crm.example/v2' })
    await room.call('PATCH /connections/{id}', { id, upstream: 'https://new.example', credential: 'another-key' })
    assert.equal(room.connections.byId(id)?.upstream, 'https://new.example')
    const { id: aimless } = await create({ upstream: undefined })
    await refuses(room.call('PATCH /connections/{id}', { id: aimless, upstream: 'https://evil.example' }), 'conflict')
    const { id: child } = await create({ kind: 'mcp', upstream: 'stdio:files' })
    await refuses(room.call('PATCH /connections/{id}', { id: child, upstream: 'https://evil.example' }), 'conflict')
  })

  it('are changed only by the rules they were created by', async () => {
    const { id } = await create()
    for (const [more, field] of [
      [{ upstream: 'http://169.254.169.254/' }, 'upstream'],
      [{ upstream: 'stdio:files' }, 'upstream'],
      [{ tools: { 'a b': {} } }, 'tools.a b'],
      [{ name: 'other' }, 'name'],
      [{ kind: 'none' }, 'kind'],
      [{ read_out: true }, 'read_out'],
    ] as const)
      await refuses(room.call('PATCH /connections/{id}', { id, ...more }), 'invalid_input', field)
    const before = await room.call('GET /connections/{id}', { id })
    assert.deepEqual(await room.call('PATCH /connections/{id}', { id }), before)
    await room.call('PATCH /connections/{id}', { id, tools: { 'GET /x': { effect: 'read' } } })
    assert.deepEqual([...(room.connections.byId(id)?.tools.keys() ?? [])], ['GET /x'])
  })

  it('die with everything issued for them, and their name is free again', async () => {
    const { id, name } = await create()
    const position = room.tail.position
    await room.call('DELETE /connections/{id}', { id })
    assert.equal(room.connections.byId(id), undefined)
    assert.equal(room.connections.byName(name), undefined)
    assert.equal(room.revocations.dead([id], position), true)
    const again = await create({ name })
    assert.notEqual(again.id, id)
    assert.equal(room.connections.byName(name)?.id, again.id)
  })

  it('are not found when they do not exist, whatever is asked of them', async () => {
    const id = 'con_none'
    for (const [route, more] of [
      ['GET /connections/{id}', {}],
      ['PATCH /connections/{id}', { tools: {} }],
      ['PUT /connections/{id}/credential', { credential: SECRET }],
      ['DELETE /connections/{id}', {}],
      ['GET /resources/{id}', { id: 'res_none' }],
    ] as const)
      await refuses(room.call(route, { id, ...more }), 'not_found')
    assert.equal(room.kept.has(id), false)
  })

  it('stand beside resources, found by exact identifier and registered once', async () => {
    const identifier = 'https://api.example/orders'
    const scopes = [{ name: 'orders:read', effect: 'read', risk: 'low' }, { name: 'orders:refund' }]
    const resource = await room.call('POST /resources', { identifier, name: 'Orders', scopes, agent: 'agt_1' })
    assert.equal(room.connections.resource(identifier)?.id, resource.id)
    assert.equal(room.connections.resource(`${identifier}/`), undefined)
    assert.deepEqual(room.connections.resourceById(resource.id as `res_${string}`)?.scopes, scopes)
    assert.deepEqual(await room.call('GET /resources/{id}', { id: resource.id }), resource)
    await refuses(room.call('POST /resources', { identifier, name: 'Twice', scopes }), 'conflict', 'identifier')
    for (const own of ['https://id.example/api', 'https://ID.example:443/mcp/crm'])
      await refuses(
        room.call('POST /resources', { identifier: own, name: 'Ours', scopes }),
        'invalid_input',
        'identifier',
      )
    await refuses(
      room.call('POST /resources', { identifier: 'urn:x:y', name: 'X', scopes, agent: 'usr_1' }),
      'invalid_input',
      'agent',
    )
  })

  it('are the same in a memory that followed every change and in one loaded now', async () => {
    const view = (held: Connections) => ({
      connections: new Map([...held.all()].map((connection) => [connection.name, connection])),
      named: [...held.all()].every(({ name, id }) => held.byName(name) === held.byId(id)),
      resources: new Map([...held.resources()].map((resource) => [resource.identifier, resource])),
    })
    const followed = view(room.connections)
    assert.ok(followed.connections.size > 8 && followed.resources.size > 0 && followed.named)
    assert.deepEqual(view(await room.fresh()), followed)
  })
})
