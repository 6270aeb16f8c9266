// HTTP/1.1 over bare sockets that are kept open: requests are bytes made beforehand, and reading a reply costs little,
// so that on a small machine the load leaves the server its processor.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface WireReply {
  status: number
  /** Status line and headers as they came, in small letters. */
  head: string
  body: string
}

export interface Wire {
  /** One at a time. */
  ask(request: Buffer): Promise<WireReply>
  close(): void
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')

export async function openWire(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  let waiting: { resolve(reply: WireReply): void; reject(error: Error): void } | undefined
  let received: Buffer = Buffer.alloc(0)
  const fail = (error: Error) => {
    waiting?.reject(error)
    waiting = undefined
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const reply = replyIn(received)
    if (!reply) return
    received = received.subarray(reply.length)
    const { resolve } = waiting ?? { resolve: () => socket.destroy(new Error('a reply that nobody waits for')) }
    waiting = undefined
    resolve(reply)
  })
  return {
    ask(request) {
      if (waiting) return Promise.reject(new Error('one request at a time'))
      // A server ends connections that were idle for some seconds.
      if (socket.closed || socket.readyState !== 'open') return Promise.reject(new Error('the connection is closed'))
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(request)
      })
    },
    close: () => void socket.destroy(),
  }
}

/** The reply at the beginning, and how many bytes it has; undefined while it is not complete. */
function replyIn(bytes: Buffer): (WireReply & { length: number }) | undefined {
  const end = bytes.indexOf(END_OF_HEAD)
  if (end === -1) return undefined
  const head = bytes.toString('latin1', 0, end).toLowerCase()
  const announced = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
  if (announced === undefined) throw new Error(`a reply of unknown length: ${head}`)
  const from = end + END_OF_HEAD.length
  const length = from + Number(announced)
  if (bytes.length < length) return undefined
  return { status: Number(head.slice(9, 12)), head, body: bytes.toString('utf8', from, length), length }
}

/** A POST of JSON as bytes. */
export function post(url: string, body: object, headers: Readonly<Record<string, string>> = {}): Buffer {
  const { host, pathname } = new URL(url)
  const text = JSON.stringify(body)
  const lines = Object.entries({
    host,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${text}`)
}

export interface Exchange {
  request: Buffer
  /** Throws when the reply is not the right one. */
  check(reply: WireReply): void
}

/** Makes all exchanges over the wires; how many seconds it took, and each in microseconds. */
export async function exchangeAll(
  wires: readonly Wire[],
  exchanges: readonly Exchange[],
): Promise<{ seconds: number; times: Float64Array }> {
  const times = new Float64Array(exchanges.length)
  let next = 0
  const startedAt = performance.now()
  const work = async (wire: Wire) => {
    for (let nth = next++; nth < exchanges.length; nth = next++) {
      const { request, check } = exchanges[nth] as Exchange
      const askedAt = performance.now()
      const reply = await wire.ask(request)
      times[nth] = (performance.now() - askedAt) * 1000
      check(reply)
    }
  }
  // The client never sleeps: to wake one that does costs whoever sends to it, and a fast server's client sleeps less.
  let awake = true
  const stay = () => {
    if (awake) setImmediate(stay)
  }
  stay()
  try {
    await Promise.all(wires.map(work))
  } finally {
    awake = false
  }
  return { seconds: (performance.now() - startedAt) / 1000, times }
}

/** A check for a status and a piece of text that must be in the body. */
export const repliesWith =
  (status: number, holds: string) =>
  (reply: WireReply): void => {
    if (reply.status !== status || !reply.body.includes(holds))
      throw new Error(`${reply.status} ${reply.body.slice(0, 500)} where ${status} with ${holds.slice(0, 200)} was due`)
  }
