// The shop of the story: its systems, its people, their records, and one agent; all set up through the public API.
import { type Crm, createCrm } from '@mandate/example-crm/crm.ts'
import { createOrdersBook, type OrdersBook } from '@mandate/example-orders/data.ts'
import { createOrdersApi } from '@mandate/example-orders/http-api.ts'
import { listen } from '@mandate/example-orders/listening.ts'
import { createOrdersMcp } from '@mandate/example-orders/mcp-server.ts'
import { type Api, machineApi } from './api.ts'
import type { Person } from './browser.ts'
import type { DemoServer } from './server.ts'

export interface Systems {
  book: OrdersBook
  crm: Crm
  urls: { api: string; mcp: string; crm: string }
  /** Tokens that came to the CRM: a person's own, put in on the way out. */
  crmTokens: Set<string>
  /** What opens the orders system; Mandate keeps it, the agent never has it. */
  keys: { api: string; user: string; password: string }
  close(): Promise<void>
}

const CRM_CLIENT = { id: 'mandate-at-the-crm', secret: 'kept-by-mandate-and-never-by-the-agent' }

export async function startSystems(issuer: string): Promise<Systems> {
  const keys = { api: 'orders-key-kept-by-mandate', user: 'mandate', password: 'orders-password-kept-by-mandate' }
  const book = createOrdersBook()
  const api = await listen(createOrdersApi({ book, apiKey: keys.api }), 0)
  const mcp = await listen(createOrdersMcp({ book, user: keys.user, password: keys.password }), 0)
  const redirect_uris = [`${issuer}/connect/crm/callback`]
  const crmTokens = new Set<string>()
  const crm = createCrm({
    clients: [{ ...CRM_CLIENT, name: 'Mandate of the shop', redirect_uris }],
    onRequest({ headers }) {
      const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
      if (token !== undefined) crmTokens.add(token)
    },
  })
  const { url } = await crm.start(0)
  return {
    ...{ book, crm, crmTokens, keys },
    urls: { api: api.url, mcp: `${mcp.url}/mcp`, crm: url },
    async close() {
      await Promise.all([api.close(), mcp.close(), crm.close()])
      book.close()
    },
  }
}

export interface World {
  admin: Api
  dana: Person & { id: string; customer: string }
  /** Leads the support desk, and is asked about large refunds. */
  priya: Person & { id: string }
  /** Answers for the agent. */
  olu: Person & { id: string }
  /** Another customer. */
  eve: { customer: string; order: string }
  agent: { id: string; secret: string }
}

const PASSWORD = 'a-password-of-the-demo'
const DANA = 'cus_0732'
const EVE = 'cus_1584'
const RECORD = { type: 'order', id: 'id', relation: 'viewer' }
const REFUND = { amount: 'arguments.amount', currency: 'arguments.currency', payee: 'arguments.payee' }

export async function setUp({ issuer, machine }: DemoServer, { book, urls, keys }: Systems): Promise<World> {
  const admin = await machineApi(issuer, machine, '/api')
  const person = async (name: string, population: 'workforce' | 'customer') => {
    const email = `${name.split(' ')[0]?.toLowerCase()}@shop.example`
    const { id } = await admin.must('POST', '/api/v1/users', { name, email, password: PASSWORD, population })
    return { id: id as string, name, email, password: PASSWORD }
  }
  const dana = await person('Dana Owusu', 'customer')
  const priya = await person('Priya Nair', 'workforce')
  const olu = await person('Olu Adeyemi', 'workforce')
  await admin.must('PUT', `/api/v1/roles/security/members/${olu.id}`)
  const { id: leads } = await admin.must('POST', '/api/v1/groups', { name: 'Support leads' })
  await admin.must('PUT', `/api/v1/groups/${leads}/members/${priya.id}`)
  await openRecords(await machineApi(issuer, machine, '/fga'), { book, dana: dana.id })
  const connection = async (body: object): Promise<string> => (await admin.must('POST', '/api/v1/connections', body)).id
  const orders = await connection({
    ...{ name: 'orders', kind: 'mcp', upstream: urls.mcp },
    credential: { type: 'basic', username: keys.user, password: keys.password },
    tools: {
      get_order: { effect: 'read', records: [{ path: '$', ...RECORD }] },
      list_orders: { effect: 'read', records: [{ path: '$.orders[*]', ...RECORD }] },
      refund_order: {
        effect: 'irreversible',
        records: [{ path: 'arguments.order_id', ...RECORD, id: '' }],
        context: REFUND,
      },
      close_account: { effect: 'irreversible' },
    },
  })
  const reports = await connection({
    ...{ name: 'order-reports', kind: 'api_key', upstream: urls.api },
    credential: { header: 'x-api-key', value: keys.api },
    tools: { 'GET /slow': { effect: 'read' } },
  })
  const crm = await connection({
    ...{ name: 'crm', kind: 'oauth2', upstream: urls.crm, provider: urls.crm },
    ...{ client_id: CRM_CLIENT.id, client_secret: CRM_CLIENT.secret, scopes: ['contacts.read'] },
    tools: { 'GET /contacts': { effect: 'read' }, 'GET /me': { effect: 'read' } },
  })
  const agent = await registerAgent(admin, olu.id)
  const grant = (target: string, terms: object) =>
    admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${target}`, terms)
  await grant(orders, {
    scopes: { get_order: 'auto', list_orders: 'auto', refund_order: 'approval', close_account: 'never' },
    approval: { approvers: { group: leads }, above: { amount: 10_000 } },
    reason: 'Refunds up to €100 are not worth anybody’s time; every one is recorded.',
  })
  await grant(reports, { scopes: { 'GET /slow': 'auto' } })
  await grant(crm, { scopes: { 'GET /contacts': 'auto', 'GET /me': 'auto' } })
  const [order] = book.orders({ customer_id: EVE })
  return { admin, dana: { ...dana, customer: DANA }, priya, olu, eve: { customer: EVE, order: order?.id ?? '' }, agent }
}

async function registerAgent(admin: Api, owner: string): Promise<World['agent']> {
  const { id } = await admin.must('POST', '/api/v1/agents', {
    name: 'Refund bot',
    purpose: 'Answers customers about their orders and pays small amounts back.',
    owners: [owner],
    risk_class: 'medium',
    redirect_uris: ['http://127.0.0.1:4103/callback'],
  })
  const { client_secret: secret } = await admin.must('POST', `/api/v1/agents/${id}/credentials`, {
    type: 'client_secret',
  })
  await admin.must('POST', `/api/v1/agents/${id}/activate`, {})
  return { id, secret }
}

const MODEL = {
  schema_version: '1.1',
  type_definitions: [
    { type: 'user', relations: {} },
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
      metadata: { relations: { customer: { directly_related_user_types: [{ type: 'customer' }] } } },
    },
  ],
}

/** Who may see which order: whoever holds the account that it belongs to. */
async function openRecords(fga: Api, { book, dana }: { book: OrdersBook; dana: string }): Promise<void> {
  const { id } = await fga.must('POST', '/fga/stores', { name: 'records' })
  await fga.must('POST', `/fga/stores/${id}/authorization-models`, MODEL)
  const orders = [DANA, EVE].flatMap((customer) => book.orders({ customer_id: customer }))
  await fga.must('POST', `/fga/stores/${id}/write`, {
    writes: {
      tuple_keys: [
        { user: `user:${dana}`, relation: 'holder', object: `customer:${DANA}` },
        ...orders.map((order) => ({
          user: `customer:${order.customer_id}`,
          relation: 'customer',
          object: `order:${order.id}`,
        })),
      ],
    },
  })
}
