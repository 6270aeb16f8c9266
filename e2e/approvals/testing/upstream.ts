// A system behind a connection that writes down every request it gets, and answers or not, as a test wants it.
import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from '@mandate/example-orders/listening.ts'

export interface Act {
  method: string
  /** With its query. */
  path: string
  headers: IncomingHttpHeaders
  /** The bytes, as text. */
  body: string
  /** The attempt it was done for. */
  requestId: string
}

export interface Upstream {
  url: string
  /** Every request that reached it, whole, in order. */
  ledger: Act[]
  /** Answers, or takes every request and says nothing. */
  answers(yes: boolean): void
  /** Resolves when so many requests have reached it. */
  reached(count: number): Promise<void>
  close(): Promise<void>
}

export async function startUpstream(): Promise<Upstream> {
  const ledger: Act[] = []
  const waiting = new Set<() => void>()
  let answering = true
  const server = createServer(async (asked, response: ServerResponse) => {
    // Cut off in the middle, it was not done: only what came whole is written down.
    const body = await buffer(asked).catch(() => undefined)
    if (body === undefined) return
    const { method = '', url: path = '', headers } = asked
    ledger.push({ method, path, headers, body: body.toString('utf8'), requestId: String(headers['x-request-id']) })
    for (const look of waiting) look()
    if (answering) response.writeHead(200, { 'content-type': 'application/json' }).end('{"done":true}')
  })
  const { url, close } = await listen(server, 0)
  return {
    ...{ url, ledger, close },
    answers(yes) {
      answering = yes
    },
    reached(count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const look = () => {
        if (ledger.length < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
      return promise
    },
  }
}

/** The same system at another address of one host: what is below `/v2` goes there as if it were not. */
export async function alsoBelow(url: string): Promise<{ url: string; close(): Promise<void> }> {
  const { hostname, port } = new URL(url)
  const server = createServer((near, back) => {
    const path = (near.url ?? '/').replace(/^\/v2/, '')
    const far = request({ hostname, port, path, method: near.method, headers: near.headers }, (answer) => {
      back.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(back)
    })
    far.on('error', () => back.destroy())
    back.on('close', () => far.destroy())
    near.pipe(far)
  })
  return listen(server, 0)
}
