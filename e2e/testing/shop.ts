// The story's world: a shop with its orders system, people, their records, and an agent that may use it for them.
import { createHash, randomBytes } from 'node:crypto'
import { createOrdersBook, type OrdersBook } from '@mandate/example-orders/data.ts'
import { createOrdersApi, type SeenRequest } from '@mandate/example-orders/http-api.ts'
import { listen } from '@mandate/example-orders/listening.ts'
import { createOrdersMcp } from '@mandate/example-orders/mcp-server.ts'
import { type Api, answerOf, machineApi } from './api.ts'
import { Browser, type Person } from './browser.ts'

export const API_KEY = 'upstream-api-key-canary-5f2e9a'
export const MCP_USER = 'mandate'
export const MCP_PASSWORD = 'upstream-password-canary-77c1d0'
export const PASSWORD = 'a long enough password'

export interface Upstreams {
  book: OrdersBook
  api: string
  mcp: string
  /** Requests that reached the upstreams. */
  seen: SeenRequest[]
  close(): Promise<void>
}

export async function startUpstreams(options: { ledgerFile?: string } = {}): Promise<Upstreams> {
  const seen: SeenRequest[] = []
  const onRequest = (request: SeenRequest) => void seen.push(request)
  const book = createOrdersBook(options)
  const api = await listen(createOrdersApi({ book, apiKey: API_KEY, onRequest }), 0)
  const mcp = await listen(createOrdersMcp({ book, user: MCP_USER, password: MCP_PASSWORD, onRequest }), 0)
  return {
    ...{ book, seen, api: api.url, mcp: `${mcp.url}/mcp` },
    async close() {
      await api.close()
      await mcp.close()
      book.close()
    },
  }
}

export interface Shop {
  issuer: string
  admin: Api
  fga: Api
  store: string
  dana: Person & { id: string; customer: string; orders: string[] }
  eve: Person & { id: string; customer: string; orders: string[] }
  owner: string
  agent: { id: string; secret: string; redirect: string }
  connections: { mcp: string; api: string }
}

const RECORD = { type: 'order', id: 'id', relation: 'viewer' }

export const MCP_TOOLS = {
  get_order: { effect: 'read', records: [{ path: '$', ...RECORD }] },
  list_orders: { effect: 'read', records: [{ path: '$.orders[*]', ...RECORD }] },
  search_orders: { effect: 'read', records: [{ path: '$.matches[*]', ...RECORD, id: 'order.id' }] },
  refund_order: {
    effect: 'irreversible',
    records: [{ path: 'arguments.order_id', ...RECORD, id: '' }],
    context: { amount: 'arguments.amount' },
  },
  close_account: { effect: 'irreversible' },
} as const

const API_TOOLS = {
  'GET /orders': { effect: 'read', records: [{ path: '$.orders[*]', ...RECORD }] },
  'GET /orders/search': { effect: 'read', records: [{ path: '$.matches[*]', ...RECORD, id: 'order.id' }] },
  'GET /orders/{id}': { effect: 'read', records: [{ path: '$', ...RECORD }] },
  'POST /orders/{id}/refund': { effect: 'irreversible', records: [{ path: 'params.id', ...RECORD, id: '' }] },
} as const

/** Sets the shop up through the public API only. */
export async function openShop(issuer: string, { book, api, mcp }: Upstreams): Promise<Shop> {
  const admin = await machineApi(issuer)
  const fga = await machineApi(issuer, '/fga')
  const person = async (name: string, customer: string) => {
    const email = `${name.toLowerCase()}@example.com`
    const { id } = await admin.must('POST', '/api/v1/users', {
      email,
      name,
      password: PASSWORD,
      population: 'customer',
    })
    const orders = book.orders({ customer_id: customer }).map((order) => order.id)
    return { id, email, password: PASSWORD, customer, orders }
  }
  const [first, second] = customersWithOrders(book)
  const dana = await person('Dana', first)
  const eve = await person('Eve', second)
  const { id: owner } = await admin.must('POST', '/api/v1/users', { email: 'olu@example.com', name: 'Olu' })
  const store = await openRecords(fga, [dana, eve])
  const connections = {
    mcp: await connect(admin, {
      name: 'orders',
      kind: 'mcp',
      upstream: mcp,
      tools: MCP_TOOLS,
      credential: { type: 'basic', username: MCP_USER, password: MCP_PASSWORD },
    }),
    api: await connect(admin, {
      name: 'orders-api',
      kind: 'api_key',
      upstream: api,
      tools: API_TOOLS,
      credential: { type: 'api_key', header: 'x-api-key', value: API_KEY },
    }),
  }
  const agent = await registerAgent(admin, owner, { name: 'Orders assistant' })
  await grant(admin, agent.id, connections)
  return { issuer, admin, fga, store, dana, eve, owner, agent, connections }
}

const connect = async (admin: Api, body: object): Promise<string> =>
  (await admin.must('POST', '/api/v1/connections', body)).id

export async function grant(admin: Api, agent: string, connections: Shop['connections']): Promise<void> {
  const reason = 'Refunds are small and every one is recorded.'
  await admin.must('PUT', `/api/v1/agents/${agent}/managed-connections/${connections.mcp}`, {
    scopes: {
      get_order: 'auto',
      list_orders: 'auto',
      search_orders: 'auto',
      refund_order: 'auto',
      close_account: 'never',
    },
    reason,
  })
  await admin.must('PUT', `/api/v1/agents/${agent}/managed-connections/${connections.api}`, {
    scopes: Object.fromEntries(Object.keys(API_TOOLS).map((name) => [name, 'auto'])),
    reason,
  })
}

export async function registerAgent(
  admin: Api,
  owner: string,
  more: { name: string; [field: string]: unknown },
): Promise<Shop['agent']> {
  const redirect = 'http://127.0.0.1:53682/callback'
  const { id } = await admin.must('POST', '/api/v1/agents', {
    purpose: 'Answers customers about their orders and refunds small amounts.',
    owners: [owner],
    risk_class: 'medium',
    assigned: { everyone: true },
    redirect_uris: [redirect],
    ...more,
  })
  const { client_secret: secret } = await admin.must('POST', `/api/v1/agents/${id}/credentials`, {
    type: 'client_secret',
  })
  await admin.must('POST', `/api/v1/agents/${id}/activate`, {})
  return { id, secret, redirect }
}

function customersWithOrders(book: OrdersBook): [string, string] {
  const counts = new Map<string, number>()
  for (const { customer_id } of book.orders({})) counts.set(customer_id, (counts.get(customer_id) ?? 0) + 1)
  const [first, second] = [...counts].filter(([, count]) => count >= 3).map(([id]) => id)
  if (!first || !second) throw new Error('the shop has too few customers')
  return [first, second]
}

const MODEL = {
  schema_version: '1.1',
  type_definitions: [
    { type: 'user', relations: {}, metadata: null },
    {
      type: 'customer',
      relations: { holder: { this: {} } },
      metadata: { relations: { holder: { directly_related_user_types: [{ type: 'user' }] } } },
    },
    {
      type: 'order',
      relations: {
        customer: { this: {} },
        viewer: { tupleToUserset: { tupleset: { relation: 'customer' }, computedUserset: { relation: 'holder' } } },
      },
      metadata: {
        relations: {
          customer: { directly_related_user_types: [{ type: 'customer' }] },
          viewer: { directly_related_user_types: [] },
        },
      },
    },
  ],
}

async function openRecords(fga: Api, people: { id: string; customer: string; orders: string[] }[]): Promise<string> {
  const { id } = await fga.must('POST', '/fga/stores', { name: 'records' })
  await fga.must('POST', `/fga/stores/${id}/authorization-models`, MODEL)
  for (const person of people) {
    const tuple_keys = [
      { user: `user:${person.id}`, relation: 'holder', object: `customer:${person.customer}` },
      ...person.orders.map((order) => ({
        user: `customer:${person.customer}`,
        relation: 'customer',
        object: `order:${order}`,
      })),
    ]
    await fga.must('POST', `/fga/stores/${id}/write`, { writes: { tuple_keys } })
  }
  return id
}

/** The person signs in at the agent's own client and the agent gets a token for what it asks. */
export async function signInAt(
  issuer: string,
  asked: SignInAt,
): Promise<{ access_token: string; refresh_token?: string; id_token?: string }> {
  const answer = await tokenRequest(issuer, asked.agent, await codeFor(issuer, asked))
  if (answer.status !== 200) throw new Error(`no token: ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** As `signInAt`, up to the form that redeems the code. */
export async function codeFor(
  issuer: string,
  { agent, person, browser = new Browser(), resource, scope = 'openid', answer = 'allow' }: SignInAt,
): Promise<Record<string, string>> {
  const code_verifier = randomBytes(48).toString('base64url')
  const url = authorizeUrl(issuer, agent, {
    scope,
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(resource && { resource }),
  })
  const { url: landed, page } = await browser.follow(url, person, answer)
  const code = new URL(landed).searchParams.get('code')
  if (code === null) throw new Error(`no code: ${landed} ${page}`)
  const redeemed = { grant_type: 'authorization_code', code, redirect_uri: agent.redirect, code_verifier }
  return { ...redeemed, ...(resource && { resource }) }
}

export function authorizeUrl(issuer: string, agent: Shop['agent'], more: Record<string, string>): string {
  const url = new URL(`${issuer}/authorize`)
  const asked = { client_id: agent.id, redirect_uri: agent.redirect, response_type: 'code', state: 's', ...more }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  return url.href
}

/** The command line's client, which every house knows. */
export const COMMAND_LINE: Shop['agent'] = {
  ...{ id: 'mandate-cli', secret: '', redirect: 'http://127.0.0.1:53682/callback' },
}

export interface SignInAt {
  agent: Shop['agent']
  person: Person
  browser?: Browser
  resource?: string
  scope?: string
  /** What the person says when asked about the agent. */
  answer?: 'allow' | 'deny'
}

export const tokenRequest = (
  issuer: string,
  client: { id: string; secret: string },
  form: Record<string, string>,
): ReturnType<typeof endpoint> => endpoint(issuer, '/oauth/token', client, form)

/** A form to one of the protocol's endpoints, with the client's secret if it has one. */
export async function endpoint(
  issuer: string,
  path: string,
  { id, secret }: { id: string; secret: string },
  form: Record<string, string>,
) {
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')
  // RFC 6749 §3.2.1: a public client says its name in the form.
  const { headers, named } =
    secret === ''
      ? { headers: {}, named: { client_id: id } }
      : { headers: { authorization: `Basic ${basic}` }, named: {} }
  const body = new URLSearchParams({ ...form, ...named } as Record<string, string>)
  return answerOf(await fetch(`${issuer}${path}`, { method: 'POST', headers, body }))
}

/** The person's token for one at `resource`; `more` goes on top of the form. */
export const exchange = (
  issuer: string,
  agent: { id: string; secret: string },
  subject: string,
  resource: string,
  more: Record<string, string> = { scope: 'use' },
) =>
  tokenRequest(issuer, agent, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subject,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    resource,
    ...more,
  })
