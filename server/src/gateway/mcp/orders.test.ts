// The orders example behind the gateway, with the official client: what an agent gets to see of other people's orders.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createOrdersBook } from '@mandate/example-orders/data.ts'
import type { SeenRequest } from '@mandate/example-orders/http-api.ts'
import { type Listening, listen } from '@mandate/example-orders/listening.ts'
import { createOrdersMcp } from '@mandate/example-orders/mcp-server.ts'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import type { Principal } from '../../kernel/principal.ts'
import { bot, dana, eve, ISSUER, ORDER_TOOLS, otherBot, type Stage, stage } from '../testing.ts'

const PASSWORD = 'canary-password-7f3a'
const seenUpstream: SeenRequest[] = []
const book = createOrdersBook()
const [mine, mineToo] = book.orders({ status: 'delivered' })
const theirs = book.orders({ status: 'paid' })[0]
let s: Stage
const upstreams: Listening[] = []

before(async () => {
  s = await stage()
  for (const name of ['orders', 'orders-plain']) {
    const upstream = await listen(
      createOrdersMcp({
        book,
        user: 'gateway',
        password: PASSWORD,
        plainJson: name === 'orders-plain',
        onRequest: (seen) => seenUpstream.push(seen),
      }),
      0,
    )
    upstreams.push(upstream)
    s.connect({
      name,
      kind: 'mcp',
      upstream: `${upstream.url}/mcp`,
      credential: { type: 'basic', username: 'gateway', password: PASSWORD },
      tools: ORDER_TOOLS,
    })
  }
  for (const tool of ['get_order', 'list_orders', 'search_orders', 'refund_order']) s.grants.set(tool, 'auto')
  for (const order of [mine, mineToo]) s.seen.add(`user:${dana} can_view order:${order?.id}`)
})
after(async () => {
  await s.close()
  for (const upstream of upstreams) await upstream.close()
  book.close()
})

async function client(connection: string, who?: Partial<Principal>) {
  const headers = { authorization: `Bearer ${s.token(connection, who)}`, cookie: 'mandate_session=canary-cookie' }
  const transport = new StreamableHTTPClientTransport(new URL(`${s.url}/mcp/${connection}`), {
    requestInit: { headers },
  })
  const connected = new Client({ name: 'test', version: '1' })
  await connected.connect(transport)
  return { client: connected, transport, [Symbol.asyncDispose]: () => connected.close() }
}
type Result = Awaited<ReturnType<Client['callTool']>>
const structured = (result: Result) => result.structuredContent as Record<string, unknown>
const textOf = ({ content }: Result) => (content as { text: string }[]).map(({ text }) => text).join()

for (const connection of ['orders', 'orders-plain'])
  describe(`Through /mcp/${connection}, an agent of Dana`, () => {
    it('lists the tools that are not never, without schemas its results may break', async () => {
      await using dial = await client(connection)
      const { tools } = await dial.client.listTools()
      assert.deepEqual(tools.map(({ name }) => name).sort(), [
        'get_order',
        'list_orders',
        'refund_order',
        'search_orders',
      ])
      const withSchema = tools.filter(({ outputSchema }) => outputSchema !== undefined)
      assert.deepEqual(
        withSchema.map(({ name }) => name),
        ['refund_order'],
      )
    })

    it('reads an order of hers, and the same of it as text', async () => {
      await using dial = await client(connection)
      const result = await dial.client.callTool({ name: 'get_order', arguments: { order_id: mine?.id } })
      assert.deepEqual(structured(result), mine)
      assert.deepEqual(JSON.parse(textOf(result)), mine)
    })

    it('changes nothing, and gets nothing, when it is stopped while it is judged what may be seen', async () => {
      await using dial = await client(connection)
      const changes = book.changes().length
      const untold = (error: Error) => /ended/.test(error.message) && !/ord_/.test(JSON.stringify(error))
      for (const name of ['refund_order', 'get_order']) {
        s.judging.meanwhile = () => void s.stopped.add(bot)
        const args = name === 'get_order' ? {} : { amount: 5, reason: 'scratched' }
        const asked = dial.client.callTool({ name, arguments: { order_id: mine?.id, ...args } })
        await assert.rejects(asked, untold).finally(() => s.stopped.clear())
      }
      assert.equal(book.changes().length, changes)
      s.judging.meanwhile = () => assert.ok(s.endCalls(bot) > 0)
      await assert.rejects(dial.client.callTool({ name: 'list_orders', arguments: {} }), untold)
    })

    it('cannot tell an order of others from one that does not exist', async () => {
      await using dial = await client(connection)
      const answers = []
      for (const order_id of [theirs?.id, 'ord_99999', 'ord_9', '', '../ord_00001'])
        answers.push(JSON.stringify(await dial.client.callTool({ name: 'get_order', arguments: { order_id } })))
      assert.deepEqual([...new Set(answers)], ['{"content":[{"type":"text","text":"Not found."}],"isError":true}'])
    })

    it('finds only her orders in lists and searches, and only them counted', async () => {
      await using dial = await client(connection)
      const list = await dial.client.callTool({ name: 'list_orders', arguments: { status: 'delivered', limit: 1000 } })
      assert.deepEqual(structured(list), { orders: [mine, mineToo], total: 2 })
      assert.deepEqual(JSON.parse(textOf(list)), structured(list))
      const word = mine?.items[0]?.name.split(' ')[0] ?? ''
      const search = await dial.client.callTool({ name: 'search_orders', arguments: { query: word } })
      const { matches, ...rest } = structured(search) as { matches: { order: { id: string } }[] }
      assert.deepEqual(rest, { total: matches.length })
      for (const { order } of matches) assert.ok([mine?.id, mineToo?.id].includes(order.id))
    })

    it('changes only her orders, and the upstream never hears of an attempt at another', async () => {
      await using dial = await client(connection)
      const changes = book.changes().length
      const calls = seenUpstream.length
      const refund = (order_id: unknown) =>
        dial.client.callTool({ name: 'refund_order', arguments: { order_id, amount: 5, reason: 'scratched' } })
      for (const id of [theirs?.id, 'ord_99999', [mine?.id], undefined, { $ne: 1 }])
        assert.equal(textOf(await refund(id)), 'Not found.')
      assert.equal(seenUpstream.slice(calls).filter(({ method }) => method === 'POST').length, 0)
      assert.equal(book.changes().length, changes)
      assert.equal(structured(await refund(mine?.id)).amount, 5)
      assert.match(book.changes().at(-1)?.request_id ?? '', /^evt_/)
      assert.deepEqual(s.attempts.at(-1)?.questions[0]?.context, { amount: 5 })
    })

    it('is not shown why a change of her own order failed, for such texts name people', async () => {
      await using dial = await client(connection)
      const args = { order_id: mineToo?.id, amount: 10 ** 9, reason: 'x' }
      const refused = 'The system behind the connection refused this call.'
      assert.equal(textOf(await dial.client.callTool({ name: 'refund_order', arguments: args })), refused)
    })

    it('is refused what is never, unknown, or not granted as a method', async () => {
      await using dial = await client(connection)
      const denied = (error: unknown) => error instanceof McpError && error.code === -32001
      await assert.rejects(
        dial.client.callTool({ name: 'close_account', arguments: { customer_id: 'cus_0001' } }),
        denied,
      )
      await assert.rejects(dial.client.listResources(), /does not support|-32001/)
      const raw = { method: 'admin/everything', params: {} } as never
      await assert.rejects(dial.client.request(raw, {} as never), denied)
      s.grants.set('close_account', 'approval')
      await assert.rejects(
        dial.client.callTool({ name: 'close_account', arguments: { customer_id: 'cus_0001' } }),
        (error: McpError) => denied(error) && /needs an approval/.test(error.message),
      )
      s.grants.delete('close_account')
      assert.equal(book.customer('cus_0001').status, 'active')
    })

    it('has its counts recorded, and none of the contents', async () => {
      await using dial = await client(connection)
      await dial.client.callTool({ name: 'list_orders', arguments: { status: 'delivered', limit: 30 } })
      const { facts, outcome } = s.ended.at(-1) ?? {}
      assert.deepEqual([outcome, facts?.records, facts?.withheld], ['done', 2, 28])
      assert.equal(typeof facts?.bytes, 'number')
    })
  })

describe('An agent on its own business', () => {
  it('sees nothing of declared records', async () => {
    await using dial = await client('orders', { sub: bot, kind: 'agent' })
    const list = await dial.client.callTool({ name: 'list_orders', arguments: {} })
    assert.deepEqual(structured(list), { orders: [], total: 0 })
    const one = await dial.client.callTool({ name: 'get_order', arguments: { order_id: mine?.id } })
    assert.equal(textOf(one), 'Not found.')
  })
})

describe('What travels to the upstream', () => {
  it('has nothing of the caller’s but a trace', async () => {
    seenUpstream.length = 0
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const headers = {
      authorization: `Bearer ${s.token('orders')}`,
      'content-type': 'application/json',
      cookie: 'canary-cookie=1',
      'x-canary': 'canary',
      'x-forwarded-for': '1.2.3.4',
      traceparent,
    }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })
    const response = await fetch(`${s.url}/mcp/orders`, { method: 'POST', headers, body })
    assert.equal(response.status, 200)
    const [seen] = seenUpstream
    assert.deepEqual(Object.keys(seen?.headers ?? {}).sort(), [
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'traceparent',
      'user-agent',
      'x-request-id',
    ])
    assert.match(seen?.headers.authorization ?? '', /^Basic /)
    assert.equal(seen?.headers.traceparent, traceparent)
    assert.doesNotMatch(JSON.stringify(seen?.headers), /canary-cookie|Bearer|1\.2\.3\.4/)
    const back = JSON.stringify([...response.headers]) + (await response.text())
    assert.doesNotMatch(back, /canary-password|x-upstream|set-cookie/)
    assert.match(response.headers.get('mcp-session-id') ?? '', /^[\w-]{43}$/)
  })
})

describe('A session', () => {
  it('is of the principal, the chain and the connection it was opened with, and a 404 for all others', async () => {
    await using dial = await client('orders')
    const id = dial.transport.sessionId ?? ''
    const ping = (connection: string, session: string, who?: Partial<Principal>) =>
      fetch(`${s.url}/mcp/${connection}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${s.token(connection, who)}`,
          'content-type': 'application/json',
          'mcp-session-id': session,
        },
        body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      })
    assert.equal((await ping('orders', id)).status, 200)
    const foreign = [
      await ping('orders', id, { sub: eve }),
      await ping('orders', id, { client: otherBot }),
      await ping('orders', id, { act: [{ sub: bot }, { sub: otherBot }] }),
      await ping('orders-plain', id),
      await ping('orders', `${id}x`),
    ]
    for (const response of foreign) {
      assert.equal(response.status, 404)
      assert.match(await response.text(), /"The session is not known here; initialize again\."/)
    }
    await dial.transport.terminateSession()
    assert.equal((await ping('orders', id)).status, 404)
  })

  it('ends upstream with a DELETE, and after half an hour of quiet', async () => {
    seenUpstream.length = 0
    const quiet = await client('orders')
    await quiet.transport.terminateSession()
    await quiet.client.close()
    const ended = () => seenUpstream.find(({ method }) => method === 'DELETE')
    while (!ended()) await new Promise(setImmediate)
    assert.match(ended()?.headers['mcp-session-id']?.toString() ?? '', /^[0-9a-f-]{36}$/)
    const idle = await client('orders-plain')
    await idle.client.close()
    s.ahead.ms += 31 * 60_000
    const response = await fetch(`${s.url}/mcp/orders-plain`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${s.token('orders-plain')}`,
        'content-type': 'application/json',
        'mcp-session-id': idle.transport.sessionId ?? '',
      },
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    })
    assert.equal(response.status, 404)
  })
})

describe('The door', () => {
  const challenge = (name: string) =>
    `Bearer resource_metadata="${ISSUER}/.well-known/oauth-protected-resource/mcp/${name}", scope="use"`
  const post = (
    path: string,
    headers: Record<string, string>,
    body: string = '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  ) => fetch(`${s.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

  it('challenges the unknown alike, whether the connection exists or not', async () => {
    const shapes = []
    for (const name of ['orders', 'nowhere']) {
      for (const method of ['GET', 'DELETE'])
        assert.equal((await fetch(`${s.url}/mcp/${name}`, { method })).headers.get('www-authenticate'), challenge(name))
      const response = await post(`/mcp/${name}`, {})
      assert.deepEqual([response.status, response.headers.get('www-authenticate')], [401, challenge(name)])
      const { correlation_id, ...body } = (await response.json()) as Record<string, unknown>
      assert.ok(correlation_id)
      shapes.push(JSON.stringify(body))
    }
    assert.equal(shapes[0], shapes[1])
    const bad = await post('/mcp/orders', { authorization: `Bearer ${s.token('orders-plain')}` })
    assert.equal(bad.headers.get('www-authenticate'), `${challenge('orders')}, error="invalid_token"`)
  })

  it('says nothing of a name that cannot be a connection’s', async () => {
    for (const name of ['Orders', 'a'.repeat(41), 'a"b', '%22', '..%2f', '%0d%0aset-cookie:x'])
      assert.equal((await post(`/mcp/${name}`, {})).status, 404, name)
  })

  it('tells what each connection is, the same for every name', async () => {
    const read = async (name: string) =>
      (await fetch(`${s.url}/.well-known/oauth-protected-resource/mcp/${name}`)).json()
    assert.deepEqual(await read('orders'), {
      resource: `${ISSUER}/mcp/orders`,
      authorization_servers: [ISSUER],
      scopes_supported: ['use'],
      bearer_methods_supported: ['header'],
    })
    assert.deepEqual(Object.keys((await read('nowhere')) as object), Object.keys((await read('orders')) as object))
  })

  it('refuses pages of other sites, batches, old revisions and what is not one clear message', async () => {
    const authorization = `Bearer ${s.token('orders')}`
    const status = async (headers: Record<string, string>, body?: string) =>
      (await post('/mcp/orders', { authorization, ...headers }, body)).status
    assert.equal(await status({ origin: 'https://evil.example' }), 403)
    assert.equal(await status({ origin: 'null' }), 403)
    assert.equal(await status({ 'content-type': 'text/plain' }), 415)
    assert.equal(await status({ 'mcp-protocol-version': '2024-11-05' }), 400)
    assert.equal(await status({}), 400)
    for (const body of [
      '',
      '{',
      '[]',
      '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
      '{"id":1,"method":"ping"}',
      '{"jsonrpc":"2.0","id":null,"method":"ping"}',
      '{"jsonrpc":"2.0","id":{},"method":"ping"}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_order","name":"close_account"}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}',
    ])
      assert.equal(await status({ 'mcp-session-id': 'x' }, body), 400, body)
    assert.equal(await status({}, `"${'x'.repeat(1_100_000)}"`), 413)
  })

  it('takes one spelling of a declared argument only', async () => {
    await using dial = await client('orders')
    for (const twin of ['Order_ID', 'orderId', 'order-id', 'order id', 'ｏrder_id', 'order_\u200bid']) {
      const args = { order_id: mine?.id, [twin]: theirs?.id, amount: 1, reason: 'x' }
      await assert.rejects(dial.client.callTool({ name: 'refund_order', arguments: args }), /different spellings/, twin)
    }
  })

  it('refuses to run a tool about records as a task, whose result would come another way', async () => {
    await using dial = await client('orders')
    const params = { name: 'list_orders', arguments: {}, task: { ttl: 1000 } }
    await assert.rejects(dial.client.request({ method: 'tools/call', params } as never, {} as never), /as a task/)
  })
})
