// The client against real servers on this machine: limits, redirects, rebinding, leaks.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createOutbound, type OutboundSettings } from './client.ts'
import { type FailedReason, OutboundFailed, OutboundRefused, type RefusedReason } from './errors.ts'
import type { Outbound } from './outbound.ts'
import { selfSigned } from './testing/certificate.ts'

const endings: (() => unknown)[] = []
after(async () => {
  for (const end of endings) await end()
})

async function serving(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const serve = async (answer: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await serving(createServer(answer))}`

function outbound(settings: Partial<OutboundSettings> = {}): Outbound {
  const made = createOutbound({
    allowedPrivateHosts: ['127.0.0.1'],
    defaultTimeoutMs: 5_000,
    defaultMaxBytes: 1_000,
    userAgent: 'mandate-test',
    ...settings,
  })
  endings.push(() => made.close())
  return made
}

const client = outbound()

const fails = (request: Promise<unknown>, reason: FailedReason) =>
  assert.rejects(request, (error: unknown) => {
    assert.ok(error instanceof OutboundFailed, String(error))
    assert.equal(error.reason, reason, error.message)
    return true
  })
const refuses = (request: Promise<unknown>, reason: RefusedReason) =>
  assert.rejects(request, (error: unknown) => {
    assert.ok(error instanceof OutboundRefused, String(error))
    assert.equal(error.reason, reason, error.message)
    return true
  })

describe('send', () => {
  it('sends method, path, headers and body, and returns what came', async () => {
    const url = await serve(async (request, response) => {
      const body = (await request.toArray()).join('')
      response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'], 'X-Seen': request.headers['x-here'] })
      const { 'user-agent': agent, 'accept-encoding': encoding } = request.headers
      response.end(JSON.stringify({ line: `${request.method} ${request.url}`, body, agent, encoding }))
    })
    const answer = await client.send({
      method: 'POST',
      url: `${url}/a/b?c=d#e`,
      headers: { 'X-Here': 'yes', 'Accept-Encoding': 'gzip' },
      body: '{"x":1}',
    })
    assert.equal(answer.status, 201)
    assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
    assert.equal(answer.headers['x-seen'], 'yes')
    assert.deepEqual(JSON.parse(answer.body.toString()), {
      line: 'POST /a/b?c=d',
      body: '{"x":1}',
      agent: 'mandate-test',
      encoding: 'identity',
    })
  })

  it('keeps connections to an origin', async () => {
    const ports = new Set<number | undefined>()
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      response.end()
    })
    for (let i = 0; i < 20; i++) await client.send({ method: 'GET', url })
    // One rests for a turn of the event loop after each answer, in case the server closes it after all.
    assert.ok(ports.size <= 2, `${ports.size} connections`)
  })

  it('returns a redirect instead of following it', async () => {
    let visits = 0
    const inside = await serve((_, response) => {
      visits++
      response.end('secret')
    })
    const url = await serve((_, response) => response.writeHead(302, { location: inside }).end())
    const answer = await client.send({ method: 'GET', url })
    assert.deepEqual([answer.status, answer.headers.location, visits], [302, inside, 0])
  })

  it('refuses a body larger than allowed, announced or not', async () => {
    const announced = await serve((_, response) => response.end(Buffer.alloc(1_001)))
    await fails(client.send({ method: 'GET', url: announced }), 'too_large')
    const endless = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(256)));
      }
      response.on('drain', more)
      more()
    })
    await fails(client.send({ method: 'GET', url: endless }), 'too_large')
    assert.equal((await client.send({ method: 'GET', url: announced, maxBytes: 1_001 })).body.length, 1_001)
  })

  it('refuses headers without end', async () => {
    const url = await serve((_, response) => response.writeHead(200, { 'x-long': 'a'.repeat(40_000) }).end())
    await fails(client.send({ method: 'GET', url }), 'too_large')
  })

  it('does not decompress, so that a bomb stays small', async () => {
    const bomb = gzipSync(Buffer.alloc(500_000))
    const url = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    assert.deepEqual((await client.send({ method: 'GET', url })).body, bomb)
  })

  it('gives up on a server that never answers, that stops in the middle, or that drips', async () => {
    const silent = await serve(() => undefined)
    await fails(client.send({ method: 'GET', url: silent, timeoutMs: 40 }), 'timeout')
    const stuck = await serve((_, response) => void response.writeHead(200, { 'content-length': '10' }).write('half'))
    await fails(client.send({ method: 'GET', url: stuck, timeoutMs: 40 }), 'timeout')
    const dripping = await serve((_, response) => {
      const drip = setInterval(() => response.write('.'), 5)
      response.on('close', () => clearInterval(drip))
    })
    await fails(client.send({ method: 'GET', url: dripping, timeoutMs: 60 }), 'timeout')
  })

  it('gives up on a resolver that never answers', async () => {
    const waiting = outbound({ resolve: () => new Promise(() => undefined) })
    await fails(waiting.send({ method: 'GET', url: 'https://slow.example/', timeoutMs: 40 }), 'timeout')
  })

  it('stops when told, and does not start when told before', async () => {
    const asked = Promise.withResolvers<void>()
    const url = await serve(() => asked.resolve())
    const stop = new AbortController()
    const request = client.send({ method: 'GET', url, signal: stop.signal })
    await asked.promise
    stop.abort()
    await fails(request, 'cancelled')
    await fails(client.send({ method: 'GET', url, signal: AbortSignal.abort() }), 'cancelled')
  })

  it('says whether the request may have arrived', async () => {
    const dead = createServer()
    const port = await serving(dead)
    dead.close()
    await assert.rejects(
      client.send({ method: 'POST', url: `http://127.0.0.1:${port}/` }),
      (e: OutboundFailed) => e.reason === 'connection' && e.code === 'ECONNREFUSED' && !e.sent,
    )
    const hangingUp = await serve((request) => request.socket.destroy())
    await assert.rejects(
      client.send({ method: 'POST', url: hangingUp }),
      (e: OutboundFailed) => e.reason === 'connection' && e.sent,
    )
  })

  it('calls what is not HTTP by its name', async () => {
    const server = createTcpServer((socket) => socket.end('220 smtp.example ready secret-banner\r\n'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    endings.push(() => server.close())
    const { port } = server.address() as AddressInfo
    await assert.rejects(client.send({ method: 'GET', url: `http://127.0.0.1:${port}/` }), (e: OutboundFailed) => {
      assert.equal(e.reason, 'protocol')
      assert.ok(!`${e.message}${JSON.stringify(e)}${e.cause}`.includes('secret-banner'))
      return true
    })
  })

  it('throws inside a database transaction, before anything else', async () => {
    let inside = true
    const guarded = outbound({ insideTransaction: () => inside })
    const request = { method: 'GET', url: await serve((_, response) => response.end('ok')) }
    for (const attempt of [
      () => guarded.send(request),
      () => guarded.open(request),
      () => guarded.checkUrl(request.url),
    ]) {
      await assert.rejects(attempt, (error: Error) => error.constructor === Error && /transaction/.test(error.message))
    }
    inside = false
    assert.equal((await guarded.send(request)).body.toString(), 'ok')
  })
})

describe('steering the client elsewhere', () => {
  it('does not work by naming a private address', async () => {
    const port = await serving(createServer((_, response) => response.end('secret')))
    const strict = outbound({ allowedPrivateHosts: [] })
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0']) {
      await refuses(strict.send({ method: 'GET', url: `https://${host}:${port}/` }), 'address')
      await refuses(strict.checkUrl(`https://${host}:${port}/`), 'address')
    }
  })

  it('does not work by a name that resolves to one, even among public ones', async () => {
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['::1'], ['::ffff:169.254.169.254']]) {
      const strict = outbound({ resolve: async () => addresses })
      await refuses(strict.send({ method: 'GET', url: 'https://rebind.example/' }), 'address')
      await refuses(strict.open({ method: 'GET', url: 'https://rebind.example/' }), 'address')
      await refuses(strict.checkUrl('https://rebind.example/'), 'address')
    }
  })

  it('does not work by answering public first and private afterwards', async () => {
    let visits = 0
    const port = await serving(
      createServer((_, response) => {
        visits++
        response.end('secret')
      }),
    )
    const answers = [['93.184.215.14'], ['127.0.0.1'], ['127.0.0.1'], ['127.0.0.1']]
    const rebound = outbound({ resolve: async () => answers.shift() ?? ['127.0.0.1'] })
    const url = `https://rebind.example:${port}/`
    await rebound.checkUrl(url)
    await refuses(rebound.send({ method: 'GET', url }), 'address')
    await refuses(rebound.send({ method: 'GET', url }), 'address')
    assert.equal(visits, 0)
  })

  it('asks the resolver once per connection, and connects to that very answer', async () => {
    const server = createServer((_, response) => response.end('here'))
    let connections = 0
    server.on('connection', () => connections++)
    const port = await serving(server)
    let asked = 0
    const counting = outbound({
      allowedPrivateHosts: ['inside.example'],
      resolve: async (host) => {
        asked++
        assert.equal(host, 'inside.example')
        return ['127.0.0.1']
      },
    })
    for (let i = 0; i < 20; i++) {
      assert.equal(
        (await counting.send({ method: 'GET', url: `http://inside.example:${port}/` })).body.toString(),
        'here',
      )
    }
    assert.equal(asked, connections)
    assert.ok(asked <= 2)
  })

  it('does not work by another port of an allowed host', async () => {
    const [open, closed] = [await serve((_, r) => r.end('open')), await serve((_, r) => r.end('closed'))]
    const narrow = outbound({ allowedPrivateHosts: [new URL(open).host] })
    assert.equal((await narrow.send({ method: 'GET', url: open })).body.toString(), 'open')
    await refuses(narrow.send({ method: 'GET', url: closed }), 'address')
  })

  it('does not work by headers of the connection, header injection or odd methods', async () => {
    let visits = 0
    const url = await serve((_, response) => {
      visits++
      response.end()
    })
    for (const headers of [
      { Host: 'inside.example' },
      { 'Transfer-Encoding': 'chunked' },
      { 'content-length': '5' },
      { connection: 'upgrade' },
      { Upgrade: 'websocket' },
      { 'x-a': 'b\r\nhost: evil' },
      { 'x a': 'b' },
      { 'x\r\ny': 'b' },
    ] as Record<string, string>[]) {
      await refuses(client.send({ method: 'GET', url, headers }), 'request')
    }
    for (const method of ['CONNECT', 'trace', 'GET / HTTP/1.1\r\nx:', '']) {
      await refuses(client.send({ method, url }), 'request')
    }
    assert.equal(visits, 0)
  })

  it('does not leak what was asked into errors', async () => {
    const secret = 'canary-4711'
    const request = { method: 'POST', headers: { authorization: `Bearer ${secret}` }, body: secret }
    const gone = createServer()
    const port = await serving(gone)
    gone.close()
    for (const url of [
      `https://user:${secret}@example.com/`,
      `http://example.com/${secret}?token=${secret}#${secret}`,
      `https://10.0.0.1/${secret}`,
      `http://127.0.0.1:${port}/${secret}?token=${secret}`,
      `nonsense ${secret}`,
    ]) {
      await assert.rejects(client.send({ ...request, url }), (error: Error) => {
        const shown = `${error.stack} ${JSON.stringify(error)} ${JSON.stringify(error.cause)}`
        assert.ok(!shown.includes(secret), shown)
        return true
      })
    }
  })
})

describe('TLS', () => {
  const { key, cert } = selfSigned('tls.example')
  const resolve = async () => ['127.0.0.1']
  const allowedPrivateHosts = ['tls.example', 'other.example']
  const secure = () => serving(createTlsServer({ key, cert }, (_, response) => response.end('safe')))

  it('trusts an authority it was given', async () => {
    const trusting = outbound({ allowedPrivateHosts, resolve, authorities: [cert] })
    const answer = await trusting.send({ method: 'GET', url: `https://tls.example:${await secure()}/` })
    assert.equal(answer.body.toString(), 'safe')
  })

  it('refuses a stranger, a wrong name, and a server that does not speak it', async () => {
    const port = await secure()
    const strict = outbound({ allowedPrivateHosts, resolve })
    await fails(strict.send({ method: 'GET', url: `https://tls.example:${port}/` }), 'tls')
    const trusting = outbound({ allowedPrivateHosts, resolve, authorities: [cert] })
    await fails(trusting.send({ method: 'GET', url: `https://other.example:${port}/` }), 'tls')
    const plain = await serving(createServer())
    await fails(strict.send({ method: 'GET', url: `https://tls.example:${plain}/` }), 'tls')
  })

  it('cannot be switched off by the environment', async () => {
    const port = await secure()
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    try {
      const strict = outbound({ allowedPrivateHosts, resolve })
      await fails(strict.send({ method: 'GET', url: `https://tls.example:${port}/` }), 'tls')
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    }
  })
})
