// MCP servers that misbehave, by accident or on purpose: nothing of it reaches the agent, and nothing is left hanging.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { bot, dana, type Stage, stage } from '../testing.ts'

const SECRET = 'canary-secret-a81d'
type Rpc = { id?: number; method?: string; params?: { name?: string } }
type Respond = (message: Rpc, response: ServerResponse, request: IncomingMessage) => void

/** By tool name: how it is answered. `GET` is the stream. */
const behaviour = new Map<string, Respond>()
const heard: Rpc[] = []
const json = (response: ServerResponse, body: unknown, type = 'application/json') =>
  response.writeHead(200, { 'content-type': type }).end(typeof body === 'string' ? body : JSON.stringify(body))
const event = (message: unknown) => `id: 7\nevent: message\ndata: ${JSON.stringify(message)}\n\n`
const streaming = (response: ServerResponse, ...messages: unknown[]) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const message of messages) response.write(event(message))
}
const result = (id: number | undefined, text: unknown) => ({
  jsonrpc: '2.0',
  id,
  result: { content: [{ type: 'text', text: typeof text === 'string' ? text : JSON.stringify(text) }] },
})

const upstream = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const message: Rpc = body === '' ? { method: request.method ?? '' } : JSON.parse(body)
  heard.push(message)
  if (message.method === 'initialize') {
    const serverInfo = { name: 'hostile', version: '1' }
    response.setHeader('mcp-session-id', 'upstream-session')
    return json(response, {
      jsonrpc: '2.0',
      id: message.id,
      result: { protocolVersion: '2025-06-18', capabilities: {}, serverInfo },
    })
  }
  const respond = behaviour.get(message.params?.name ?? message.method ?? '')
  if (respond) respond(message, response, request)
  else response.writeHead(202).end()
})

let s: Stage
before(async () => {
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  s = await stage()
  const record = { path: '$.orders[*]', type: 'order', id: 'id', relation: 'can_view' }
  s.connect({
    name: 'hostile',
    kind: 'mcp',
    upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`,
    credential: { type: 'api_key', header: 'Authorization', prefix: 'Bearer ', value: SECRET },
    tools: {
      read: { effect: 'read' },
      write: { effect: 'write' },
      orders: { effect: 'read', records: [record] },
      refund: { effect: 'write', records: [{ path: 'arguments.order', type: 'order', id: '', relation: 'can_view' }] },
    },
  })
  for (const tool of ['read', 'write', 'orders', 'refund', 'anything']) s.grants.set(tool, 'auto')
  s.seen.add(`user:${dana} can_view order:1`)
})
after(async () => {
  await s.close()
  upstream.closeAllConnections()
  upstream.close()
})

async function open() {
  const token = s.token('hostile')
  const post = (message: object, headers: Record<string, string> = {}, signal?: AbortSignal) =>
    fetch(`${s.url}/mcp/hostile`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      ...(signal && { signal }),
    })
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } }
  const opened = await post({ id: 0, method: 'initialize', params })
  assert.equal(opened.status, 200)
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
  return {
    post: (message: object, signal?: AbortSignal) => post(message, session, signal),
    call: (name: string, signal?: AbortSignal, more: object = {}) =>
      post({ id: 1, method: 'tools/call', params: { name, arguments: {}, ...more } }, session, signal),
    stream: () =>
      fetch(`${s.url}/mcp/hostile`, {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...session },
      }),
  }
}
const until = async (holds: () => unknown) => {
  while (!holds()) await new Promise(setImmediate)
}
async function refusedWith(respond: Respond, tool: string) {
  behaviour.set(tool, respond)
  const response = await (await open()).call(tool)
  const text = await response.text()
  assert.doesNotMatch(text, new RegExp(SECRET))
  assert.equal(response.status, 200)
  return (JSON.parse(text) as { error: { code: number; message: string; data: { code: string } } }).error
}

describe('An upstream that does not answer properly', () => {
  const faults: Record<string, Respond> = {
    'sends invalid JSON': (_, response) => json(response, '{"jsonrpc":'),
    'sends JSON that is no message': (_, response) => json(response, { hello: 'Eve' }),
    'answers another question': (_, response) => json(response, result(999, 'Eve')),
    'answers with a request': ({ id }, response) => json(response, { jsonrpc: '2.0', id, method: 'ping' }),
    'answers with a batch': ({ id }, response) => json(response, [result(id, 'Eve')]),
    'answers with a page': (_, response) => json(response, '<h1>Eve</h1>', 'text/html'),
    'closes in the middle of a body': (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"jsonrpc"')
      setImmediate(() => response.destroy())
    },
    'closes without a word': (_, response) => response.destroy(),
    'ends its stream without an answer': (_, response) => {
      streaming(response, result(999, 'of someone else'))
      response.end()
    },
    'sends bytes that are no text': (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(Buffer.from([0x64, 0xff, 0xfe]))
    },
    'sends more than four mebibytes': ({ id }, response) => json(response, result(id, 'x'.repeat(4_194_304))),
    'sends an event of more than four mebibytes': ({ id }, response) => {
      streaming(response, result(id, 'x'.repeat(4_194_304)))
      response.end()
    },
    'sends a redirect to a private address': (_, response) =>
      response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    'breaks down': (_, response) => response.writeHead(500).end('stack trace of Eve'),
    'shows us our credential': ({ id }, response) => json(response, result(id, `you sent ${SECRET}`)),
    'shows us our credential in a stream': ({ id }, response) => {
      streaming(response, result(id, `you sent ${SECRET}`))
      response.end()
    },
  }
  for (const [what, respond] of Object.entries(faults))
    it(`${what}: fails for a read, is unknown for anything else, and says nothing of it`, async () => {
      const read = await refusedWith(respond, 'read')
      assert.deepEqual([read.code, read.data.code], [-32603, 'upstream_failed'])
      assert.equal(s.ended.at(-1)?.outcome, 'failed')
      for (const tool of ['write', 'anything']) {
        const { data, message } = await refusedWith(respond, tool)
        assert.equal(data.code, 'outcome_unknown')
        assert.doesNotMatch(message, /Eve|169\.254|stack/)
        assert.equal(s.ended.at(-1)?.outcome, 'unknown')
      }
    })

  it('refuses our credential: that is ours to mend, and nothing was done', async () => {
    const unauthorized: Respond = (_, response) =>
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${SECRET}"` }).end()
    assert.equal((await refusedWith(unauthorized, 'write')).data.code, 'upstream_failed')
  })

  it('cannot be reached: nothing was done', async () => {
    s.connect({ name: 'nobody', kind: 'mcp', upstream: 'http://127.0.0.1:9/', tools: {} })
    s.connect({ name: 'private', kind: 'mcp', upstream: 'http://10.0.0.1/', tools: {} })
    for (const name of ['nobody', 'private']) {
      const response = await fetch(`${s.url}/mcp/${name}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${s.token(name)}`, 'content-type': 'application/json' },
        body: '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}',
      })
      assert.match(await response.text(), /upstream_failed/)
      assert.equal(response.headers.get('mcp-session-id'), null)
    }
  })

  it('forgets the session: the client is told to start anew', async () => {
    behaviour.set('read', (_, response) => response.writeHead(404).end())
    const client = await open()
    assert.equal((await client.call('read')).status, 404)
    behaviour.set('read', ({ id }, response) => json(response, result(id, 'late')))
    assert.equal((await client.call('read')).status, 404)
  })
})

describe('A connection that comes to lead elsewhere', () => {
  it('ends its sessions, and its old upstream never sees the new credential', async () => {
    const seen: IncomingMessage['headers'][] = []
    const former = createServer((request, response) => {
      seen.push(request.headers)
      response.setHeader('mcp-session-id', 'former')
      json(response, { jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-11-25', capabilities: {} } })
    })
    former.listen(0, '127.0.0.1')
    await once(former, 'listening')
    const moving = (port: number, value: string) =>
      s.connect({
        name: 'moving',
        kind: 'mcp',
        upstream: `http://127.0.0.1:${port}/`,
        credential: { type: 'api_key', header: 'X-Key', prefix: '', value },
      })
    moving((former.address() as AddressInfo).port, 'canary-old-key')
    const token = s.token('moving')
    const post = (method: string, session = '') =>
      fetch(`${s.url}/mcp/moving`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'mcp-session-id': session },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} }),
      })
    const session = (await post('initialize')).headers.get('mcp-session-id') ?? ''
    assert.match(session, /./)
    moving((upstream.address() as AddressInfo).port, 'canary-new-key')
    assert.equal((await post('ping', session)).status, 404)
    assert.equal((await post('initialize')).status, 200)
    assert.deepEqual([...new Set(seen.map((headers) => headers['x-key']))], ['canary-old-key'])
    former.closeAllConnections()
    former.close()
  })
})

describe('Beside a result that is filtered', () => {
  it('nothing else comes through: no logs, no words of progress, no questions to the user', async () => {
    behaviour.set('orders', ({ id }, response) => {
      const params = { progressToken: 1, progress: 1, total: 2, message: 'Eve' }
      streaming(
        response,
        { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'Eve' } },
        { jsonrpc: '2.0', method: 'notifications/progress', params: { ...params, progressToken: 'Eve' } },
        { jsonrpc: '2.0', method: 'notifications/progress', params: { ...params, progress: 17, total: 57 } },
        { jsonrpc: '2.0', method: 'notifications/progress', params: { ...params, progress: 18, total: 57 } },
        { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { because: 'of Eve' } },
        { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 3, reason: 'Eve' } },
        { jsonrpc: '2.0', id: 56, method: 'ping', params: { _meta: { of: 'Eve' } } },
        { jsonrpc: '2.0', id: 55, method: 'elicitation/create', params: { message: 'Eve?' } },
        result(999, 'Eve'),
      )
      response.end(event(result(id, { orders: [{ id: 1 }, { id: 2, of: 'Eve' }] })))
    })
    const response = await (await open()).call('orders', undefined, { _meta: { progressToken: 1 } })
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    const text = await response.text()
    assert.doesNotMatch(text, /Eve|^id:/m)
    assert.equal(text.match(/^data:/gm)?.length, 5)
    // That it goes on, and not how far: that would be how many there are.
    assert.doesNotMatch(text, /57|17|18/)
    assert.match(text, /\{"progressToken":1,"progress":1\}/)
    assert.match(text, /"method":"notifications\/tools\/list_changed"\}/)
    assert.match(text, /"params":\{"requestId":3\}/)
    assert.match(text, /\{"jsonrpc":"2.0","id":56,"method":"ping"\}/)
    assert.match(text, /\{\\"orders\\":\[\{\\"id\\":1\}\]\}/)
    await until(() => heard.some(({ id, method }) => id === 55 && method === undefined))
  })

  it('nothing comes beside what keeps the session, lists tools, or was judged by the request alone', async () => {
    const log = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'Eve' } }
    behaviour.set('ping', ({ id }, response) => {
      streaming(response, log, { jsonrpc: '2.0', id, result: {} })
      response.end()
    })
    behaviour.set('tools/list', ({ id }, response) => {
      streaming(response, log, { jsonrpc: '2.0', id, result: { tools: [] } })
      response.end()
    })
    behaviour.set('refund', ({ id }, response) => {
      streaming(response, log, result(id, 'done'))
      response.end()
    })
    const client = await open()
    s.grants.set('(list)', 'auto')
    const params = { name: 'refund', arguments: { order: 1 } }
    for (const message of [
      { id: 1, method: 'ping' },
      { id: 1, method: 'tools/list' },
      { id: 1, method: 'tools/call', params },
    ]) {
      const text = await (await client.post(message)).text()
      assert.match(text, /"result"/)
      assert.doesNotMatch(text, /Eve/)
    }
  })

  it('an error of the upstream reads like a record that is not there', async () => {
    behaviour.set('orders', ({ id }, response) =>
      json(response, { jsonrpc: '2.0', id, error: { code: -32000, message: 'order of Eve', data: 'Eve' } }),
    )
    assert.deepEqual(await (await (await open()).call('orders')).json(), {
      jsonrpc: '2.0',
      id: 1,
      result: { content: [{ type: 'text', text: 'Not found.' }], isError: true },
    })
  })

  it('the stream of the server is quiet too, and carries no responses', async () => {
    behaviour.set('GET', (_, response) => {
      streaming(
        response,
        { jsonrpc: '2.0', method: 'notifications/message', params: { data: 'Eve' } },
        result(1, 'Eve'),
        { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
      )
      response.end()
    })
    const text = await (await (await open()).stream()).text()
    assert.equal(text, 'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n')
  })
})

describe('What was begun ends with the access behind it', () => {
  const hang: Respond = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()

  it('a slow call: the client is told, the upstream is told, and the record says what is known', async () => {
    for (const [tool, outcome] of [
      ['read', 'refused'],
      ['write', 'unknown'],
    ] as const) {
      let left: Promise<unknown> | undefined
      behaviour.set(tool, (message, response, request) => {
        left = once(response, 'close')
        hang(message, response, request)
      })
      const client = await open()
      heard.length = 0
      const call = client.call(tool)
      await until(() => left)
      s.stopped.add(bot)
      const { error } = (await (await call).json()) as { error: { message: string } }
      s.stopped.clear()
      assert.match(error.message, /Access ended/)
      assert.equal(s.ended.at(-1)?.outcome, outcome)
      await left
      await until(() => heard.some(({ method }) => method === 'notifications/cancelled'))
    }
  })

  it('a stream: when the agent is stopped, and when its token expires', async () => {
    behaviour.set('GET', (_, response) =>
      streaming(response, { jsonrpc: '2.0', method: 'notifications/tools/list_changed' }),
    )
    for (const end of [() => s.stopped.add(bot), () => (s.ahead.ms += 301_000)]) {
      const reader = (await (await open()).stream()).body?.getReader()
      assert.match(Buffer.from((await reader?.read())?.value ?? []).toString(), /list_changed/)
      end()
      assert.equal((await reader?.read())?.done, true)
      s.stopped.clear()
    }
  })

  it('a call whose client leaves: the upstream is let go', async () => {
    let left: Promise<unknown> | undefined
    behaviour.set('read', (message, response, request) => {
      left = once(response, 'close')
      hang(message, response, request)
    })
    const leaving = new AbortController()
    const call = (await open()).call('read', leaving.signal)
    await until(() => left)
    leaving.abort()
    await assert.rejects(call)
    await left
  })

  it('a server without a stream of its own is a 405', async () => {
    behaviour.set('GET', (_, response) => response.writeHead(405).end())
    assert.equal((await (await open()).stream()).status, 405)
  })
})

describe('What the gateway cannot relay', () => {
  it('is offered as the newest revision it can, and refused when the upstream speaks another', async () => {
    heard.length = 0
    const initialize = (protocolVersion: unknown) =>
      fetch(`${s.url}/mcp/hostile`, {
        method: 'POST',
        headers: { authorization: `Bearer ${s.token('hostile')}`, 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion } }),
      })
    await initialize('2026-07-28')
    assert.deepEqual(heard.at(-1)?.params, { protocolVersion: '2025-11-25' })
    await initialize('2025-03-26')
    assert.deepEqual(heard.at(-1)?.params, { protocolVersion: '2025-03-26' })
  })
})

describe('The action of listing', () => {
  it('does not let anyone call what is named like it', async () => {
    const client = await open()
    heard.length = 0
    for (const message of [
      { id: 1, method: 'tools/call', params: { name: '(list)' } },
      { id: 1, method: '(list)' },
    ])
      assert.match(await (await client.post(message)).text(), /-32602/)
    assert.ok(!heard.some(({ method, params }) => method === '(list)' || params?.name === '(list)'))
  })
})
