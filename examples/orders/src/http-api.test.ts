// The orders API as its callers meet it, over a real port.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createOrdersBook, type Order, type OrdersBook } from './data.ts'
import { createOrdersApi, type SeenRequest } from './http-api.ts'
import { type Listening, listen } from './listening.ts'

const ledgerFile = join(mkdtempSync(join(tmpdir(), 'orders-')), 'ledger.jsonl')
const seen: SeenRequest[] = []
let book: OrdersBook
let api: Listening

before(async () => {
  book = createOrdersBook({ ledgerFile })
  const onRequest = (request: SeenRequest) => void seen.push(request)
  api = await listen(createOrdersApi({ book, apiKey: 'k-1', onRequest, awayTo: 'http://169.254.169.254/latest' }), 0)
})
after(async () => {
  await api.close()
  book.close()
})

interface Answer extends Order {
  error: { code: string; message: string; suggestions: unknown[] }
  orders: Order[]
  matches: { order: Order; score: number; snippet: string }[]
  next_cursor: string | null
  query: string
  email: string
  refund_id: string
}

async function call(path: string, init: RequestInit = {}) {
  const headers = new Headers(init.headers)
  if (!headers.has('x-api-key')) headers.set('x-api-key', 'k-1')
  const response = await fetch(`${api.url}${path}`, { redirect: 'manual', ...init, headers })
  return { response, status: response.status, body: (await response.json()) as Answer }
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

test('without the right key there is a 401 that says nothing about what exists', async () => {
  for (const key of ['', 'k-2', 'k-11', 'K-1', 'k-1, k-1']) {
    for (const path of ['/orders/ord_00001', '/orders/ord_99999', '/nowhere', '/away', '/big?bytes=10']) {
      const { status, body, response } = await call(path, { headers: { 'x-api-key': key } })
      assert.equal(status, 401)
      assert.equal(body.error.code, 'unauthorized')
      assert.equal(response.headers.get('set-cookie'), null)
    }
  }
  assert.equal((await fetch(`${api.url}/orders`)).status, 401)
  const bearer = await fetch(`${api.url}/orders`, { headers: { authorization: 'Bearer k-1' } })
  assert.equal(bearer.status, 401)
})

test('the list is everyone’s, and pages meet without gap or overlap', async () => {
  const ids: string[] = []
  let cursor: string | null = null
  do {
    const { body }: { body: Answer } = await call(`/orders?limit=1000${cursor ? `&cursor=${cursor}` : ''}`)
    assert.equal(body.total, 5_000)
    ids.push(...body.orders.map((order) => order.id))
    cursor = body.next_cursor
  } while (cursor)
  assert.deepEqual(
    ids,
    book.orders().map((order) => order.id),
  )
})

test('a status filters the list and its total', async () => {
  const { body } = await call('/orders?status=cancelled&limit=5')
  assert.ok(body.orders.every((order: Order) => order.status === 'cancelled'))
  assert.equal(body.orders.length, 5)
  assert.equal(body.total, book.orders({ status: 'cancelled' }).length)
})

test('what cannot be understood is a 400', async () => {
  const bad = ['/orders?status=lost', '/orders?limit=0', '/orders?limit=1001', '/orders?limit=x', '/orders?cursor=zzz']
  for (const path of [...bad, '/orders/search', '/orders/search?q=%20', '/orders/%E0%A4%A', '/slow', '/big?bytes=-1']) {
    assert.equal((await call(path)).status, 400, path)
  }
})

test('search returns scored matches with the order nested in each', async () => {
  const { body } = await call('/orders/search?q=oak%20chair&limit=3')
  assert.equal(body.query, 'oak chair')
  assert.equal(body.matches.length, 3)
  assert.ok(body.total > 3)
  for (const match of body.matches) {
    assert.deepEqual(Object.keys(match).sort(), ['order', 'score', 'snippet'])
    assert.equal(match.score, 1)
    assert.match(match.snippet, /oak/)
    assert.deepEqual(match.order, book.order(match.order.id))
  }
})

test('an order, its customer, and that customer’s orders', async () => {
  const order = (await call('/orders/ord_00001')).body
  assert.equal(order.id, 'ord_00001')
  const customer = (await call(`/customers/${order.customer_id}`)).body
  assert.match(customer.email, /@mail\.example$/)
  const own = (await call(`/customers/${order.customer_id}/orders`)).body
  assert.ok(own.orders.some((other: Order) => other.id === 'ord_00001'))
  assert.ok(own.orders.every((other: Order) => other.customer_id === order.customer_id))
})

test('a 404 leaks: it names whose order it is, or similar ones', async () => {
  const another = await call('/orders/ord_9')
  assert.equal(another.status, 404)
  assert.match(another.body.error.message, /^order ord_9 belongs to another account \(\w+ \w+, now ord_00009\)$/)
  const similar = await call('/orders/ord_09999')
  assert.equal(similar.status, 404)
  assert.deepEqual((await call('/customers/cus_9999')).status, 404)
  assert.equal((await call('/orders/ord_00001x')).body.error.suggestions.length, 3)
})

test('a refund is written with the request id it came with', async () => {
  const order = book.orders({ status: 'delivered' })[0]
  const path = `/orders/${order?.id}/refund`
  const { status, body } = await post(path, { amount: 250, reason: 'scratched' }, { 'x-request-id': 'evt_42' })
  assert.equal(status, 201)
  assert.deepEqual(body, { refund_id: body.refund_id, order_id: order?.id, amount: 250 })
  const last = JSON.parse(readFileSync(ledgerFile, 'utf8').trimEnd().split('\n').at(-1) ?? '')
  assert.equal(last.request_id, 'evt_42')
  assert.equal(last.refund_id, body.refund_id)
})

test('a refund that makes no sense changes nothing', async () => {
  const path = `/orders/${book.orders({ status: 'delivered' })[1]?.id}/refund`
  const changes = book.changes().length
  for (const body of [
    {},
    { amount: 1 },
    { amount: '1', reason: 'x' },
    { amount: 1, reason: 'x', to: 'me' },
    [],
    null,
  ]) {
    assert.equal((await post(path, body)).status, 400)
  }
  assert.equal((await post(path, { amount: -5, reason: 'x' })).status, 400)
  assert.equal((await post(path, { amount: 10 ** 9, reason: 'x' })).status, 409)
  assert.equal((await call(path, { method: 'POST', body: 'amount=1' })).status, 415)
  assert.equal((await post(path, { amount: 1, reason: 'x'.repeat(70_000) })).status, 413)
  const torn = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"amount":' }
  assert.equal((await call(path, torn)).status, 400)
  assert.equal(book.changes().length, changes)
})

test('an account closes once', async () => {
  const first = await post('/customers/cus_0500/close', undefined, { 'x-request-id': 'evt_43' })
  assert.equal(first.status, 200)
  assert.equal<string>(first.body.status, 'closed')
  assert.equal((await post('/customers/cus_0500/close', undefined)).status, 409)
  assert.equal(book.changes().at(-1)?.request_id, 'evt_43')
})

test('an unknown path is a 404 and a wrong method a 405 that names the right ones', async () => {
  assert.equal((await call('/nowhere')).status, 404)
  const wrong = await call('/orders/ord_00001', { method: 'DELETE' })
  assert.equal(wrong.status, 405)
  assert.equal(wrong.response.headers.get('allow'), 'GET')
})

test('every answer carries its marks: the upstream header and a cookie', async () => {
  const { response } = await call('/orders/ord_99999')
  assert.equal(response.headers.get('x-upstream'), 'orders')
  assert.match(response.headers.get('set-cookie') ?? '', /^orders_session=/)
})

test('it sends elsewhere, answers late, and answers much', async () => {
  const headers = { 'x-api-key': 'k-1' }
  const away = await fetch(`${api.url}/away`, { headers, redirect: 'manual' })
  assert.equal(away.status, 302)
  assert.equal(away.headers.get('location'), 'http://169.254.169.254/latest')
  assert.deepEqual((await call('/slow?ms=5')).body, { waited_ms: 5 })
  const big = await fetch(`${api.url}/big?bytes=300000`, { headers })
  assert.equal((await big.arrayBuffer()).byteLength, 300_000)
})

test('what arrived can be looked at afterwards, refused requests included', async () => {
  seen.length = 0
  await fetch(`${api.url}/orders?limit=1`, { headers: { authorization: 'Bearer not-for-you', 'x-request-id': 'r' } })
  assert.equal(seen.length, 1)
  assert.equal(seen[0]?.method, 'GET')
  assert.equal(seen[0]?.path, '/orders?limit=1')
  assert.equal(seen[0]?.headers.authorization, 'Bearer not-for-you')
  assert.equal(seen[0]?.headers['x-api-key'], undefined)
})
