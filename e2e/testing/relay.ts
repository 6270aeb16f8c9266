// What stands between a house and a system outside: keeps every byte that passes, can hold a request back, can be away.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface Passed {
  method: string
  /** With its query. */
  path: string
  headers: IncomingMessage['headers']
  /** Bodies, as they went there and came back. */
  sent: string
  answered: string
}

export interface Held {
  /** Resolves when a request came that is held. */
  arrived: Promise<void>
  /** Resolves when whoever sent it hung up. */
  gone: Promise<void>
}

export interface Relay {
  url: string
  passed: readonly Passed[]
  /** The next request for this path is never passed on, and never answered. */
  hold(path: string): Held
  /** From now on something in front of it answers this path with 401 and the challenge, for reasons of its own. */
  refuse(path: string, challenge: string): void
  /** Away: connections are refused, until it is back at the same address. */
  away(): Promise<void>
  back(): Promise<void>
}

/** `to`: the address behind it, asked at each request. */
export async function startRelay(to: () => string): Promise<Relay> {
  const passed: Passed[] = []
  const holding = new Map<string, { arrived(): void; gone(): void }>()
  const refusing = new Map<string, string>()
  let server: Server | undefined
  let port = 0

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = request
    const held = holding.get(path)
    if (held) {
      holding.delete(path)
      response.once('close', held.gone)
      return held.arrived()
    }
    const body = await buffer(request)
    const challenge = refusing.get(path)
    if (challenge !== undefined) return void response.writeHead(401, { 'www-authenticate': challenge }).end()
    const one: Passed = { method, path, headers, sent: body.toString(), answered: '' }
    passed.push(one)
    const onward = send(new URL(path, to()), { method, headers, agent: false })
    // Whoever hangs up on one side does so on the other.
    response.once('close', () => onward.destroy())
    onward.once('error', () => response.destroy())
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('data', (chunk: Buffer) => {
        one.answered += chunk
      })
      answer.once('error', () => response.destroy())
      answer.pipe(response)
    })
    onward.end(body)
  }

  async function back(): Promise<void> {
    server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()))
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }

  await back()
  return {
    url: `http://127.0.0.1:${port}`,
    passed,
    hold(path) {
      const [arrived, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      holding.set(path, { arrived: arrived.resolve, gone: gone.resolve })
      return { arrived: arrived.promise, gone: gone.promise }
    },
    refuse: (path, challenge) => void refusing.set(path, challenge),
    async away() {
      const closing = server
      if (!closing) return
      server = undefined
      const closed = once(closing, 'close')
      closing.close()
      closing.closeAllConnections()
      await closed
    },
    back,
  }
}
