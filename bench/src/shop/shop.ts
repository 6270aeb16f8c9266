// The world of the benchmarks: a house with a shop's orders behind it, a person, her records, and an agent for her.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Place } from '../databases.ts'
import { freePort } from '../databases.ts'
import { type Served, serve } from '../served.ts'
import { RECORDS } from './answers.ts'
import { signIn, token } from './sign-in.ts'

export interface Shop {
  issuer: string
  house: Served
  agent: { id: string; secret: string; redirect: string }
  /** The person's: a JWT, and the opaque one of a plain sign-in. */
  subject: { jwt: string; opaque: string }
  store: string
  /** Token of an administrator at the relationship API. */
  fga: string
  /** Trades the person's token for one at the connection. */
  tokenAt(connection: string): Promise<string>
  close(): Promise<void>
}

const PASSWORD = 'a long enough password'
const BOOTSTRAP = { id: 'first-machine', secret: randomBytes(24).toString('base64url') }
const RECORD = { type: 'order', id: 'id', relation: 'viewer' }
const LIST = { effect: 'read', records: [{ path: '$.orders[*]', ...RECORD }] }

const TOOLS = { get_price: { effect: 'read' }, list_orders: LIST, close_account: { effect: 'irreversible' } }
const OPERATIONS = { 'GET /price': { effect: 'read' }, 'GET /orders': LIST }

export const EXCHANGE = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  scope: 'use',
}

/** `execArgv`: flags of the house's process, such as a profiler's. */
export async function openShop(place: Place, upstream: string, execArgv: string[] = []): Promise<Shop> {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const settings = {
    ...place.settings,
    port,
    issuer,
    allowed_private_hosts: ['127.0.0.1'],
    bootstrap_client_id: BOOTSTRAP.id,
    bootstrap_client_secret: BOOTSTRAP.secret,
  }
  const house = await serve('mandate', settings, { execArgv })
  const admin = await client(issuer, '/api')
  const fga = await client(issuer, '/fga')

  const dana = { email: 'dana@example.com', password: PASSWORD }
  const { id: user } = await admin.must('POST', '/api/v1/users', { ...dana, name: 'Dana', population: 'customer' })
  const { id: owner } = await admin.must('POST', '/api/v1/users', { email: 'olu@example.com', name: 'Olu' })
  const store = await openRecords(fga, user)
  const connections = [
    await admin.must('POST', '/api/v1/connections', {
      name: 'orders',
      kind: 'mcp',
      upstream: `${upstream}/mcp`,
      tools: TOOLS,
      credential: { type: 'basic', username: 'mandate', password: 'upstream-password-1' },
    }),
    await admin.must('POST', '/api/v1/connections', {
      name: 'orders-api',
      kind: 'api_key',
      upstream,
      tools: OPERATIONS,
      credential: { type: 'api_key', header: 'x-api-key', value: 'upstream-api-key-1' },
    }),
  ]
  const agent = await registerAgent(admin, owner)
  for (const { id } of connections)
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${id}`, {
      scopes: {
        get_price: 'auto',
        list_orders: 'auto',
        close_account: 'never',
        'GET /price': 'auto',
        'GET /orders': 'auto',
      },
      reason: 'Benchmarks.',
    })
  const jwt = await signIn({ issuer, agent, person: dana, resource: `${issuer}/mcp/orders` })
  const opaque = await signIn({ issuer, agent, person: dana })
  return {
    ...{ issuer, house, agent, store, fga: fga.token, subject: { jwt, opaque } },
    tokenAt: async (connection) => {
      const resource = `${issuer}/mcp/${connection}`
      return (await token(issuer, agent, { ...EXCHANGE, subject_token: jwt, resource })).access_token
    },
    close: () => house.stop(),
  }
}

type Body = Record<string, string>

async function client(issuer: string, audience: '/api' | '/fga') {
  const form = { grant_type: 'client_credentials', resource: `${issuer}${audience}`, scope: 'admin' }
  const { access_token } = await token(issuer, BOOTSTRAP, form)
  return {
    token: access_token,
    async must(method: string, path: string, body: object): Promise<Body & { id: string }> {
      const reply = await fetch(`${issuer}${path}`, {
        method,
        headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const text = await reply.text()
      assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${text}`)
      return JSON.parse(text || '{}')
    },
  }
}
type Client = Awaited<ReturnType<typeof client>>

async function registerAgent(admin: Client, owner: string): Promise<Shop['agent']> {
  const redirect = 'http://127.0.0.1:53682/callback'
  const { id } = await admin.must('POST', '/api/v1/agents', {
    name: 'Orders assistant',
    purpose: 'Answers customers about their orders.',
    owners: [owner],
    risk_class: 'medium',
    assigned: { everyone: true },
    redirect_uris: [redirect],
  })
  const { client_secret: secret = '' } = await admin.must('POST', `/api/v1/agents/${id}/credentials`, {
    type: 'client_secret',
  })
  await admin.must('POST', `/api/v1/agents/${id}/activate`, {})
  return { id, secret, redirect }
}

const userset = (relation: string, ...types: object[]) => ({
  relations: { [relation]: { directly_related_user_types: types } },
})
const MODEL = {
  schema_version: '1.1',
  type_definitions: [
    { type: 'user', relations: {}, metadata: null },
    { type: 'customer', relations: { holder: { this: {} } }, metadata: userset('holder', { type: 'user' }) },
    {
      type: 'order',
      relations: {
        customer: { this: {} },
        viewer: { tupleToUserset: { tupleset: { relation: 'customer' }, computedUserset: { relation: 'holder' } } },
      },
      metadata: userset('customer', { type: 'customer' }),
    },
  ],
}

/** Every even order is the person's. */
async function openRecords(fga: Client, user: string): Promise<string> {
  const { id } = await fga.must('POST', '/fga/stores', { name: 'records' })
  await fga.must('POST', `/fga/stores/${id}/authorization-models`, MODEL)
  const own = RECORDS.filter((_, nth) => nth % 2 === 0)
  await fga.must('POST', `/fga/stores/${id}/write`, {
    writes: {
      tuple_keys: [
        { user: `user:${user}`, relation: 'holder', object: 'customer:1' },
        { user: 'user:dana', relation: 'holder', object: 'customer:1' },
        ...own.map((order) => ({ user: 'customer:1', relation: 'customer', object: `order:${order.id}` })),
      ],
    },
  })
  return id
}
