// Streamed answers: order, pressure, idleness and early ends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { createOutbound } from './client.ts'
import type { OutboundFailed } from './errors.ts'

const endings: (() => unknown)[] = []
after(async () => {
  for (const end of endings) await end()
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const client = createOutbound({
  allowedPrivateHosts: ['127.0.0.1'],
  defaultTimeoutMs: 5_000,
  defaultMaxBytes: 100,
  userAgent: 'mandate-test',
})
endings.push(() => client.close())

const failed = (reason: string) => (error: OutboundFailed) => {
  assert.equal(error.reason, reason)
  return true
}
const text = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  let all = ''
  for await (const chunk of chunks) all += Buffer.from(chunk).toString()
  return all
}

describe('open', () => {
  it('gives headers at once and chunks as they come', async () => {
    const started = Promise.withResolvers<ServerResponse>()
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      started.resolve(response)
    })
    const stream = await client.open({ method: 'GET', url })
    assert.deepEqual([stream.status, stream.headers['content-type']], [200, 'text/event-stream'])
    const response = await started.promise
    const reader = stream.chunks[Symbol.asyncIterator]()
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      response.write(event)
      assert.equal(Buffer.from((await reader.next()).value ?? []).toString(), event)
    }
    response.end()
    assert.equal((await reader.next()).done, true)
    assert.equal((await reader.next()).done, true)
  })

  it('has no size limit but the one it is given', async () => {
    const url = await serve((_, response) => response.end('x'.repeat(100_000)))
    assert.equal((await text((await client.open({ method: 'GET', url })).chunks)).length, 100_000)
    const capped = await client.open({ method: 'GET', url, maxBytes: 1_000 })
    await assert.rejects(text(capped.chunks), failed('too_large'))
  })

  it('ends when the other side falls silent, but not while it talks', async () => {
    const url = await serve((_, response) => {
      let left = 8
      const talk = setInterval(() => {
        response.write('.')
        if (--left === 0) clearInterval(talk)
      }, 25)
    })
    const { chunks } = await client.open({ method: 'GET', url, timeoutMs: 150 })
    let heard = 0
    await assert.rejects(async () => {
      for await (const chunk of chunks) heard += chunk.length
    }, failed('timeout'))
    assert.equal(heard, 8)
  })

  it('does not read ahead of its reader, nor blame the sender for it', async () => {
    const total = 64 * 1024 * 1024
    let written = 0
    const full = Promise.withResolvers<void>()
    const url = await serve((_, response) => {
      const more = () => {
        while (written < total) {
          written += 65_536
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more)
        }
        response.end()
      }
      more()
      // Nobody reads: what fits into buffers on the way is all that leaves.
      setTimeout(full.resolve, 900)
    })
    const { chunks } = await client.open({ method: 'GET', url, timeoutMs: 600 })
    await full.promise
    assert.ok(written < total / 2, `${written} bytes were taken without a reader`)
    let read = 0
    for await (const chunk of chunks) read += chunk.length
    assert.equal(read, total)
  })

  it('closes the connection when it is cancelled or left, and says that the body is not whole', async () => {
    const closed: Promise<unknown>[] = []
    const url = await serve((_, response) => {
      closed.push(once(response, 'close'))
      response.write('first')
    })
    const cancelled = await client.open({ method: 'GET', url })
    const reading = text(cancelled.chunks)
    cancelled.cancel()
    cancelled.cancel()
    await assert.rejects(reading, failed('cancelled'))
    const left = await client.open({ method: 'GET', url })
    for await (const _ of left.chunks) break
    const stop = new AbortController()
    const stopped = await client.open({ method: 'GET', url, signal: stop.signal })
    stop.abort()
    await assert.rejects(text(stopped.chunks), failed('cancelled'))
    assert.equal(closed.length, 3)
    await Promise.all(closed)
  })

  it('fails when the other side breaks off', async () => {
    const url = await serve((_, response) => {
      response.write('first')
      setImmediate(() => response.destroy())
    })
    const { chunks } = await client.open({ method: 'GET', url })
    await assert.rejects(text(chunks), failed('connection'))
  })

  it('fails before it starts when there is no answer', async () => {
    const url = await serve(() => undefined)
    await assert.rejects(client.open({ method: 'GET', url, timeoutMs: 40 }), failed('timeout'))
  })
})
