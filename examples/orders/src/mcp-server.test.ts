// The orders MCP server as the official client meets it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { createOrdersBook, type Order, type OrdersBook } from './data.ts'
import type { SeenRequest } from './http-api.ts'
import { type Listening, listen } from './listening.ts'
import { createOrdersMcp } from './mcp-server.ts'

const ledgerFile = join(mkdtempSync(join(tmpdir(), 'orders-')), 'ledger.jsonl')
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
const seen: SeenRequest[] = []
let book: OrdersBook
let mcp: Listening

before(async () => {
  book = createOrdersBook({ ledgerFile })
  const onRequest = (request: SeenRequest) => void seen.push(request)
  mcp = await listen(createOrdersMcp({ book, user: 'u', password: 'p:w', onRequest }), 0)
})
after(async () => {
  await mcp.close()
  book.close()
})

async function connect(headers: Record<string, string> = { authorization: basic('u:p:w') }) {
  const transport = new StreamableHTTPClientTransport(new URL(`${mcp.url}/mcp`), { requestInit: { headers } })
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport)
  await client.listTools()
  const call = async (name: string, args: Record<string, unknown>) =>
    (await client.callTool({ name, arguments: args })) as CallToolResult
  return { client, transport, call }
}

const textOf = (result: CallToolResult): string => (result.content[0]?.type === 'text' ? result.content[0].text : '')

test('every request needs the user and password, inside a session too', async () => {
  for (const authorization of ['', basic('u:no'), basic('u:p'), basic('U:p:w'), 'Bearer u:p:w']) {
    await assert.rejects(connect(authorization ? { authorization } : {}))
  }
  const { client, transport } = await connect()
  const session = { 'mcp-session-id': transport.sessionId ?? '' }
  const stolen = await fetch(`${mcp.url}/mcp`, { method: 'DELETE', headers: session })
  assert.equal(stolen.status, 401)
  assert.match(stolen.headers.get('www-authenticate') ?? '', /^Basic realm="orders"/)
  assert.equal((await client.listTools()).tools.length, 5)
  await client.close()
})

test('sessions are real: unknown ones and ended ones are 404, calls without one are refused', async () => {
  const { client, transport } = await connect()
  const id = transport.sessionId ?? ''
  assert.match(id, /^[0-9a-f-]{36}$/)
  const ask = (session: Record<string, string>) =>
    fetch(`${mcp.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: basic('u:p:w'),
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...session,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    })
  assert.equal((await ask({ 'mcp-session-id': id })).status, 200)
  assert.equal((await ask({})).status, 400)
  assert.equal((await ask({ 'mcp-session-id': 'made-up' })).status, 404)
  await transport.terminateSession()
  assert.equal((await ask({ 'mcp-session-id': id })).status, 404)
  await client.close()
})

test('tools declare what they take, what they answer and whether they change anything', async () => {
  const { client } = await connect()
  const { tools } = await client.listTools()
  const readOnly = Object.fromEntries(tools.map((tool) => [tool.name, tool.annotations?.readOnlyHint]))
  assert.deepEqual(readOnly, {
    list_orders: true,
    get_order: true,
    search_orders: true,
    refund_order: false,
    close_account: false,
  })
  assert.ok(tools.every((tool) => tool.outputSchema))
  await client.close()
})

test('each answer comes twice, structured and as text, with totals of everything there is', async () => {
  const { client, call } = await connect()
  const list = await call('list_orders', { status: 'paid', limit: 3 })
  assert.deepEqual(JSON.parse(textOf(list)), list.structuredContent)
  const { orders, total } = list.structuredContent as { orders: Order[]; total: number }
  assert.equal(orders.length, 3)
  assert.equal(total, book.orders({ status: 'paid' }).length)
  const one = await call('get_order', { order_id: 'ord_00007' })
  assert.deepEqual(one.structuredContent, { ...book.order('ord_00007') })
  const search = await call('search_orders', { query: 'bicycle' })
  const { matches } = search.structuredContent as { matches: { order: Order }[] }
  assert.equal(matches.length, 20)
  assert.ok(matches.every(({ order }) => order.text.includes('bicycle')))
  await client.close()
})

test('errors are results whose text names other people', async () => {
  const { client, call } = await connect()
  const another = await call('get_order', { order_id: 'ord_9' })
  assert.equal(another.isError, true)
  assert.equal(another.structuredContent, undefined)
  assert.match(textOf(another), /belongs to another account \(\w+ \w+/)
  const cancelled = book.orders({ status: 'cancelled' })[0]?.id ?? ''
  const refused = await call('refund_order', { order_id: cancelled, amount: 1, reason: 'x' })
  assert.match(textOf(refused), /of \w+ \w+ is cancelled/)
  assert.equal((await call('refund_order', { order_id: cancelled, amount: -1, reason: 'x' })).isError, true)
  await client.close()
})

test('changes reach the ledger with the request id of the HTTP request that carried them', async () => {
  const { client, call } = await connect({ authorization: basic('u:p:w'), 'x-request-id': 'evt_77' })
  const order_id = book.orders({ status: 'shipped' })[0]?.id
  const refund = await call('refund_order', { order_id, amount: 5, reason: 'late' })
  assert.equal((refund.structuredContent as { amount: number }).amount, 5)
  await call('close_account', { customer_id: 'cus_0042' })
  const lines = readFileSync(ledgerFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ kind, request_id }) => [kind, request_id]),
    [
      ['refund', 'evt_77'],
      ['close', 'evt_77'],
    ],
  )
  assert.ok(seen.some(({ headers }) => headers['x-request-id'] === 'evt_77'))
  await client.close()
})
