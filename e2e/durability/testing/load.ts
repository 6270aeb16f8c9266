// Two hundred calls at once of every kind that leaves something behind, each remembered with what it was told.
import { randomInt } from 'node:crypto'
import { type RawMcp, rawMcp } from '../../testing/mcp.ts'
import { exchange, type Shop } from '../../testing/shop.ts'

export const KINDS = ['mcp refund', 'http refund', 'exchange', 'agent', 'connection', 'user', 'tuples'] as const
export type Kind = (typeof KINDS)[number]

const MIX: Readonly<Record<Kind, number>> = {
  'mcp refund': 45,
  'http refund': 45,
  exchange: 40,
  agent: 16,
  connection: 12,
  user: 12,
  tuples: 30,
}

export interface Sent {
  kind: Kind
  /** Unique, and found again in whatever the call leaves behind. */
  name: string
  /** Whole answers of success only; a refusal would be a fault of the test and throws. */
  acknowledged?: Acknowledged
}

export interface Acknowledged {
  // biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says; tests look at them with assertions
  body: any
  correlation: string | null
}

export interface Caller {
  shop: Shop
  subject: string
  /** Tokens of the agent for the person, at the two doors. */
  tokens: { mcp: string; api: string }
  upstream: string
  /** Orders of the person that money can be paid back for. */
  orders: readonly string[]
}

const TOOLS = { 'GET /orders': { effect: 'read' } }

export interface Load {
  sent: readonly Sent[]
  /** How many calls have ended. */
  answered(): number
  isOver(): boolean
  /** Resolves when all have ended, with an answer or cut off; rejects when one was refused. */
  over: Promise<void>
}

/** Sends all calls of the mix at once, in random order. Connections that break are no errors here. */
export async function startLoad(caller: Caller, round: number, upstreamKey: string): Promise<Load> {
  const sessions: RawMcp[] = []
  for (let n = 0; n < 3; n++) sessions.push(await rawMcp(caller.shop.issuer, 'orders', caller.tokens.mcp))
  const sent: Sent[] = shuffled(
    KINDS.flatMap((kind) =>
      Array.from({ length: MIX[kind] }, (_, n) => ({ kind, name: `r${round}-${kind.replace(' ', '-')}-${n}` })),
    ),
  )
  let ended = 0
  const calls = sent.map(async (one, n) => {
    const make = CALLS[one.kind]
    const session = sessions[n % sessions.length] as RawMcp
    const answer = await make({ caller, name: one.name, n, session, upstreamKey }).catch(whenCut)
    if (answer !== undefined) one.acknowledged = answer
    ended += 1
  })
  let isOver = false
  const over = Promise.all(calls).then(() => undefined)
  const end = () => {
    isOver = true
  }
  over.then(end, end)
  return { sent, over, answered: () => ended, isOver: () => isOver }
}

// fetch fails with a TypeError when the connection breaks, before the answer or in the middle of it.
function whenCut(error: unknown): undefined {
  if (error instanceof TypeError) return undefined
  throw error
}

interface Make {
  caller: Caller
  name: string
  n: number
  session: RawMcp
  upstreamKey: string
}

const CALLS: Readonly<Record<Kind, (make: Make) => Promise<Acknowledged>>> = {
  async 'mcp refund'({ caller, name, n, session }) {
    const params = { name: 'refund_order', arguments: { order_id: pick(caller.orders, n), amount: 1, reason: name } }
    const response = await fetch(`${caller.shop.issuer}/mcp/orders`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${caller.tokens.mcp}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
        'mcp-session-id': session.session,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: name, method: 'tools/call', params }),
    })
    const text = await response.text()
    // A stream that was cut after its head is no answer.
    if (response.ok && text === '') throw new TypeError('cut')
    if (!text.includes('ref_')) throw new Error(`${name}: ${response.status} ${text}`)
    return { body: text, correlation: response.headers.get('x-request-id') }
  },
  'http refund': ({ caller, name, n }) =>
    post(`${caller.shop.issuer}/proxy/orders-api/orders/${pick(caller.orders, n)}/refund`, caller.tokens.api, {
      amount: 1,
      reason: name,
    }),
  async exchange({ caller: { shop, subject }, n }) {
    const door = n % 2 === 0 ? 'orders' : 'orders-api'
    const { status, headers, body } = await exchange(shop.issuer, shop.agent, subject, `${shop.issuer}/mcp/${door}`)
    if (status !== 200) throw new Error(`exchange: ${status} ${JSON.stringify(body)}`)
    return { body: { ...body, door }, correlation: headers.get('x-request-id') }
  },
  agent: ({ caller: { shop }, name }) =>
    post(`${shop.issuer}/api/v1/agents`, shop.admin.token, {
      name,
      purpose: `Exists once: ${name}.`,
      owners: [shop.owner],
      risk_class: 'low',
      assigned: { users: [shop.dana.id] },
    }),
  connection: ({ caller: { shop, upstream }, name, upstreamKey }) =>
    post(`${shop.issuer}/api/v1/connections`, shop.admin.token, {
      name,
      kind: 'api_key',
      upstream,
      tools: TOOLS,
      credential: { type: 'api_key', header: 'x-api-key', value: upstreamKey },
    }),
  user: ({ caller: { shop }, name }) =>
    post(`${shop.issuer}/api/v1/users`, shop.admin.token, { name, email: `${name}@example.com` }),
  tuples: ({ caller: { shop }, name }) =>
    post(`${shop.issuer}/fga/stores/${shop.store}/write`, shop.fga.token, {
      writes: {
        tuple_keys: [1, 2, 3].map((n) => ({ user: `customer:${n}`, relation: 'customer', object: `order:${name}` })),
      },
    }),
}

async function post(url: string, token: string, body: unknown): Promise<Acknowledged> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
  return { body: JSON.parse(text), correlation: response.headers.get('x-request-id') }
}

/** Fresh tokens at both doors; the old ones live for minutes only. */
export async function doorTokens(shop: Shop, subject: string): Promise<Caller['tokens']> {
  const at = async (door: string) =>
    (await exchange(shop.issuer, shop.agent, subject, `${shop.issuer}/mcp/${door}`)).body.access_token
  return { mcp: await at('orders'), api: await at('orders-api') }
}

const pick = (orders: readonly string[], n: number): string => orders[n % orders.length] ?? ''

function shuffled<T>(list: T[]): T[] {
  for (let at = list.length - 1; at > 0; at--) {
    const other = randomInt(at + 1)
    ;[list[at], list[other]] = [list[other] as T, list[at] as T]
  }
  return list
}
