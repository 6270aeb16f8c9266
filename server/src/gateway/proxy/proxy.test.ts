// The orders HTTP API behind the gateway: paths that could be read twice, headers that must not travel, other people's orders.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createOrdersBook } from '@mandate/example-orders/data.ts'
import { createOrdersApi, type SeenRequest } from '@mandate/example-orders/http-api.ts'
import { type Listening, listen } from '@mandate/example-orders/listening.ts'
import { bot, dana, ISSUER, ORDER_OPERATIONS, type Stage, stage } from '../testing.ts'

const KEY = 'canary-api-key-51c9'
const seenUpstream: SeenRequest[] = []
const book = createOrdersBook()
const mine = book.orders({ status: 'delivered' })[0]
const theirs = book.orders().find(({ customer_id }) => customer_id !== mine?.customer_id)
const sameCustomer = mine?.customer_id ?? ''
let s: Stage
let api: Listening

before(async () => {
  s = await stage()
  api = await listen(
    createOrdersApi({
      book,
      apiKey: KEY,
      awayTo: 'http://169.254.169.254/latest/meta-data',
      onRequest: (seen) => seenUpstream.push(seen),
    }),
    0,
  )
  s.connect({
    name: 'orders-api',
    kind: 'api_key',
    upstream: api.url,
    credential: { type: 'api_key', header: 'X-Api-Key', prefix: '', value: KEY },
    tools: ORDER_OPERATIONS,
  })
  for (const operation of Object.keys(ORDER_OPERATIONS)) s.grants.set(operation, 'auto')
  s.seen.add(`user:${dana} can_view order:${mine?.id}`)
})
after(async () => {
  await s.close()
  await api.close()
  book.close()
})

const call = (path: string, { headers, ...init }: RequestInit & { headers?: Record<string, string> } = {}) =>
  fetch(`${s.url}/proxy/orders-api${path}`, {
    ...init,
    headers: { authorization: `Bearer ${s.token('orders-api')}`, ...headers },
  })
const refund = (id: string | undefined, body: string, type = 'application/json') =>
  call(`/orders/${id}/refund`, { method: 'POST', body, headers: { 'content-type': type } })

/** As the bytes are: fetch would tidy the path up. */
async function rawStatus(target: string): Promise<number> {
  const { port } = new URL(s.url)
  const socket = connect(Number(port), '127.0.0.1')
  const token = s.token('orders-api')
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  await once(socket, 'close')
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
}

describe('/proxy', () => {
  it('gives what may be seen, with our credential and nothing of the caller’s', async () => {
    seenUpstream.length = 0
    const response = await call(`/orders/${mine?.id}`, {
      headers: {
        cookie: 'canary=1',
        'x-api-key': 'mine',
        'x-forwarded-host': 'evil',
        'accept-language': 'de',
        'proxy-authorization': 'Basic eA==',
        'x-http-method-override': 'DELETE',
      },
    })
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), mine)
    const headers = seenUpstream[0]?.headers ?? {}
    assert.deepEqual(Object.keys(headers).sort(), [
      'accept',
      'accept-encoding',
      'accept-language',
      'connection',
      'host',
      'user-agent',
      'x-api-key',
      'x-request-id',
    ])
    assert.equal(headers['x-api-key'], KEY)
    assert.equal(headers['user-agent'], 'mandate-test')
    const back = JSON.stringify([...response.headers])
    assert.doesNotMatch(back, /set-cookie|x-upstream|canary/)
    assert.match(back, /sandbox/)
  })

  it('filters lists, searches and nested lists, with their totals and cursors', async () => {
    const list = await (await call('/orders?status=delivered&limit=50')).json()
    assert.deepEqual(list, { orders: [mine], total: 1 })
    const nested = await (await call(`/customers/${sameCustomer}/orders`)).json()
    assert.deepEqual(nested, { orders: [mine], total: 1 })
    const word = mine?.items[0]?.name.split(' ')[0] ?? ''
    const found = (await (await call(`/orders/search?q=${word}&limit=1000`)).json()) as { matches: unknown[] }
    assert.ok(found.matches.length <= 1)
    assert.deepEqual(Object.keys(found).sort(), ['matches', 'total'])
  })

  it('answers alike for an order of others and for one that does not exist', async () => {
    const answers = new Set<string>()
    for (const id of [theirs?.id, 'ord_99999', 'ord_9', 'ord_00001x']) {
      const response = await call(`/orders/${id}`, { headers: { 'if-none-match': '*' } })
      const { correlation_id, ...body } = (await response.json()) as Record<string, unknown>
      const names = [...response.headers.keys()].join()
      answers.add(JSON.stringify([response.status, names, response.headers.get('content-length'), body]))
      assert.match(String(correlation_id), /^req_/)
    }
    assert.equal(answers.size, 1)
    assert.match([...answers].join(), /404.*not_found/)
  })

  it('changes only what may be seen, judged on the bytes that are sent', async () => {
    const changes = book.changes().length
    seenUpstream.length = 0
    assert.equal((await refund(theirs?.id, '{"amount":1,"reason":"x"}')).status, 404)
    assert.equal((await refund(mine?.id, '{"amount":1,"amount":900,"reason":"x"}')).status, 400)
    assert.equal((await refund(mine?.id, '{"amount":1,"AMOUNT":900,"reason":"x"}')).status, 400)
    assert.equal((await refund(mine?.id, 'amount=1', 'application/x-www-form-urlencoded')).status, 415)
    assert.equal((await refund(mine?.id, '{"amount":1}', 'application/json; charset=utf-16')).status, 415)
    assert.equal(seenUpstream.length, 0)
    assert.equal(book.changes().length, changes)
    assert.equal((await refund(mine?.id, '{"amount":3,"reason":"x"}')).status, 201)
    assert.deepEqual(s.attempts.at(-1)?.questions, [
      { action: 'POST /orders/{id}/refund', resource: s.attempts[0]?.questions[0]?.resource, context: { amount: 3 } },
    ])
    assert.match(book.changes().at(-1)?.request_id ?? '', /^evt_/)
  })

  it('denies what nobody declared, by its literal name', async () => {
    for (const [method, path] of [
      ['GET', '/customers/cus_0001'],
      ['POST', '/orders'],
      ['DELETE', `/orders/${mine?.id}`],
    ] as const) {
      assert.equal((await call(path, { method })).status, 403)
      assert.deepEqual(s.attempts.at(-1)?.questions[0]?.action, `${method} ${path}`)
    }
    assert.equal((await call(`/orders/${mine?.id}`, { method: 'HEAD' })).status, 404)
    assert.equal((await call(`/orders/${mine?.id}`, { method: 'OPTIONS' })).status, 404)
  })

  it('refuses every path that could be read in two ways, before it goes anywhere', async () => {
    seenUpstream.length = 0
    const id = mine?.id
    const paths = [
      `/orders/..%2fcustomers`,
      `/orders/%2e%2e/customers/cus_0001`,
      `/orders/%2E%2E/customers/cus_0001`,
      `/orders/.%2e/customers/cus_0001`,
      `/orders/../customers/cus_0001`,
      `/orders/./${id}`,
      `/orders/%2e/${id}`,
      `/orders//${id}`,
      `//orders/${id}`,
      `/orders/${id}/`,
      `/orders/${id}%2f`,
      `/orders%2f${id}`,
      `/orders%5c${id}`,
      `/orders\\${id}`,
      `/orders/${id};jsessionid=1`,
      `/orders/${id}%00`,
      `/orders/${id}%0d%0a`,
      `/orders/%252e%252e/customers`,
      `/orders/%252f`,
      `/orders/%c0%ae%c0%ae/customers`,
      `/orders/%zz`,
      `/orders/%`,
      `/orders/${'a'.repeat(9000)}`,
      `/orders/a b`,
      `/orders/${id}#x`,
      `/orders/${id}?a=\\`,
    ]
    // What is no path at all leads nowhere; what is one, but could be read twice, is refused.
    const leadsNowhere = ['/orders/%c0%ae%c0%ae/customers', '/orders/%zz', '/orders/%']
    for (const path of paths)
      assert.equal(await rawStatus(`/proxy/orders-api${path}`), leadsNowhere.includes(path) ? 404 : 400, path)
    for (const target of [
      `http://evil.example/proxy/orders-api/orders/${id}`,
      `/%70roxy/orders-api/orders/${id}`,
      `/proxy/orders%2dapi/orders/${id}`,
      `/proxy/../proxy/orders-api/orders/${id}`,
      `/proxy//orders-api/orders/${id}`,
    ])
      assert.ok([400, 404].includes(await rawStatus(target)), target)
    assert.equal(seenUpstream.length, 0)
    assert.equal(await rawStatus(`/proxy/orders-api/orders/${id}`), 200)
    // What needs no escape is judged and sent without it.
    assert.equal(await rawStatus(`/proxy/orders-api/%6frders/${id}`), 200)
    assert.equal(seenUpstream.at(-1)?.path, `/orders/${id}`)
  })

  it('does not follow redirects, nor tell where they lead', async () => {
    const response = await call('/away', { redirect: 'manual' })
    assert.equal(response.status, 502)
    assert.equal(response.headers.get('location'), null)
    assert.doesNotMatch(await response.text(), /169\.254/)
  })

  it('hands on no answer beyond four mebibytes, and none in part', async () => {
    const big = await call('/big?bytes=4194304')
    assert.equal((await big.arrayBuffer()).byteLength, 4_194_304)
    const tooBig = await call('/big?bytes=4194305')
    assert.equal(tooBig.status, 502)
    assert.match(await tooBig.text(), /larger than allowed/)
  })

  it('sends nothing, and answers nothing, for whoever is stopped while it is judged what may be seen', async () => {
    const before = seenUpstream.length
    s.judging.meanwhile = () => void s.stopped.add(bot)
    const refused = await refund(mine?.id, JSON.stringify({ amount: 1, reason: 'late' }))
    s.stopped.clear()
    assert.deepEqual([refused.status, seenUpstream.length], [403, before])
    assert.match(await refused.text(), /access_ended/)
    s.judging.meanwhile = () => void s.stopped.add(bot)
    const unheard = await call(`/orders/${mine?.id}`)
    s.stopped.clear()
    assert.deepEqual([unheard.status, seenUpstream.length], [403, before + 1])
    assert.doesNotMatch(await unheard.text(), /ord_/)
    s.judging.meanwhile = () => assert.equal(s.endCalls(bot), 1)
    const late = await call('/orders')
    const text = await late.text()
    assert.deepEqual([late.status, seenUpstream.length], [403, before + 2])
    assert.match(text, /access_ended/)
    assert.doesNotMatch(text, /ord_/)
  })

  it('ends a slow call when the agent is stopped, and when the client goes', async () => {
    const slow = call('/slow?ms=60000')
    const arrived = seenUpstream.length
    while (seenUpstream.length === arrived) await new Promise(setImmediate)
    s.stopped.add(bot)
    const response = await slow
    s.stopped.clear()
    assert.equal(response.status, 403)
    assert.match(await response.text(), /access_ended/)
    const leaving = new AbortController()
    const left = call('/slow?ms=60000', { signal: leaving.signal })
    const before = seenUpstream.length
    const ended = s.ended.length
    while (seenUpstream.length === before) await new Promise(setImmediate)
    leaving.abort()
    await assert.rejects(left)
    while (s.ended.length === ended) await new Promise(setImmediate)
    assert.equal(s.ended.at(-1)?.outcome, 'failed')
  })

  it('does not blame the caller, nor show the upstream’s words, when our credential is refused', async () => {
    s.connect({
      name: 'wrong-key',
      kind: 'api_key',
      upstream: api.url,
      credential: { type: 'api_key', header: 'X-Api-Key', prefix: '', value: 'canary-wrong-key' },
      tools: { 'GET /slow': { effect: 'read' } },
    })
    const authorization = `Bearer ${s.token('wrong-key')}`
    const response = await fetch(`${s.url}/proxy/wrong-key/slow?ms=1`, { headers: { authorization } })
    assert.equal(response.status, 502)
    assert.equal(response.headers.get('www-authenticate'), null)
    assert.doesNotMatch(await response.text(), /X-Api-Key|canary/)
  })

  it('asks for a token of this connection, and names where to get it', async () => {
    for (const name of ['orders-api', 'nowhere']) {
      const response = await fetch(`${s.url}/proxy/${name}/orders`, {
        headers: { authorization: `Bearer ${s.token('other')}` },
      })
      assert.equal(response.status, 401)
      assert.equal(
        response.headers.get('www-authenticate'),
        `Bearer resource_metadata="${ISSUER}/.well-known/oauth-protected-resource/mcp/${name}", scope="use", error="invalid_token"`,
      )
    }
  })

  it('takes one spelling of a declared query field only', async () => {
    const ORDER = { type: 'order', relation: 'can_view' }
    s.connect({
      name: 'by-query',
      kind: 'none',
      upstream: api.url,
      tools: { 'GET /orders': { effect: 'read', records: [{ path: 'query.order_id', id: '', ...ORDER }] } },
    })
    const authorization = `Bearer ${s.token('by-query')}`
    const status = async (query: string) =>
      (await fetch(`${s.url}/proxy/by-query/orders${query}`, { headers: { authorization } })).status
    const id = mine?.id
    for (const query of ['', '?', '?order_id=', `?order_id=${theirs?.id}`, `?x=${id}`])
      assert.equal(await status(query), 404)
    for (const query of [
      `?order_id=${id}&order_id=${theirs?.id}`,
      `?order_id=${id}&order%5fid=${theirs?.id}`,
      `?order_id=${id}&order_id[]=${theirs?.id}`,
      `?order_id=${id}&ORDER_ID=${theirs?.id}`,
      `?order_id=${id}&orderId=${theirs?.id}`,
      `?order_id=${id}&order-id=${theirs?.id}`,
      `?order_id=${id};order_id=${theirs?.id}`,
      `?order_id[]=${id}`,
    ])
      assert.equal(await status(query), 400, query)
    // Let through, the upstream refuses us for want of a key.
    assert.equal(await status(`?order_id=${id}`), 502)
  })

  it('does not take from the query what is declared elsewhere: frameworks put all parameters together', async () => {
    const ORDER = { type: 'order', relation: 'can_view' }
    s.connect({
      name: 'elsewhere',
      kind: 'none',
      upstream: api.url,
      tools: {
        'GET /orders/{id}': { effect: 'read', records: [{ path: 'params.id', id: '', ...ORDER }] },
        'POST /refunds': { effect: 'write', records: [{ path: 'body.order_id', id: '', ...ORDER }] },
      },
    })
    for (const action of ['GET /orders/{id}', 'POST /refunds']) s.grants.set(action, 'auto')
    const headers = { authorization: `Bearer ${s.token('elsewhere')}`, 'content-type': 'application/json' }
    const status = async (path: string, body?: object) =>
      (
        await fetch(`${s.url}/proxy/elsewhere${path}`, {
          headers,
          ...(body && { method: 'POST', body: JSON.stringify(body) }),
        })
      ).status
    const [id, other] = [mine?.id, theirs?.id]
    for (const query of [`?id=${other}`, `?x=1&ID=${other}`, `?id[]=${other}`, `?%69d=${other}`])
      assert.equal(await status(`/orders/${id}${query}`), 400, query)
    assert.notEqual(await status(`/orders/${id}?order_id=${other}`), 400)
    assert.equal(await status(`/refunds?order_id=${other}`, { order_id: id }), 400)
    assert.equal(await status(`/refunds?orderId=${other}`, { order_id: id }), 400)
    assert.notEqual(await status('/refunds?notify=true', { order_id: id }), 400)
  })
})
