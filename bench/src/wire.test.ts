// The wire against a server that splits, delays and ends what it sends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { exchangeAll, openWire, post, repliesWith } from './wire.ts'

async function answering(reply: (socket: Socket, request: string) => void): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => {
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8')
      const [head = '', body = ''] = text.split('\r\n\r\n')
      const length = Number(/content-length: (\d+)/.exec(head)?.[1])
      if (Buffer.byteLength(body) < length) return
      text = ''
      reply(socket, body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, server }
}

const ok = (body: string) =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Place: Here\r\n\r\n${body}`

test('a reply is read whole, however it was split, and its length is in bytes', async () => {
  const { url, server } = await answering((socket, body) => {
    for (const byte of Buffer.from(ok(`${body} grüße`))) socket.write(Buffer.from([byte]))
  })
  const wire = await openWire(url)
  for (const word of ['one', 'zwö']) {
    const { status, head, body } = await wire.ask(post(url, { word }))
    assert.equal(status, 200)
    assert.equal(body, `{"word":"${word}"} grüße`)
    assert.match(head, /\r\nx-place: here/)
  }
  wire.close()
  server.close()
})

test('a connection that ends leaves nobody waiting, before the reply and after', async () => {
  let replies = 0
  const { url, server } = await answering((socket, body) => {
    replies += 1
    if (replies === 1) socket.end(ok(body))
    else socket.destroy()
  })
  const wire = await openWire(url)
  assert.equal((await wire.ask(post(url, {}))).status, 200)
  await assert.rejects(async () => {
    for (;;) await wire.ask(post(url, {}))
  }, /closed/)
  const other = await openWire(url)
  await assert.rejects(other.ask(post(url, {})), /closed/)
  server.close()
})

test('many exchanges are shared out, each is looked at, and a wrong one fails them all', async () => {
  const { url, server } = await answering((socket, body) => void socket.write(ok(body)))
  const wires = await Promise.all([openWire(url), openWire(url), openWire(url)])
  const exchanges = Array.from({ length: 50 }, (_, n) => ({
    request: post(url, { n }),
    check: repliesWith(200, `{"n":${n}}`),
  }))
  const { times } = await exchangeAll(wires, exchanges)
  assert.ok(times.length === 50 && times.every((time) => time > 0))
  const wrong = { request: post(url, {}), check: repliesWith(200, 'something else') }
  await assert.rejects(exchangeAll(wires, [...exchanges, wrong]), /something else was due/)
  for (const wire of wires) wire.close()
  server.close()
})
