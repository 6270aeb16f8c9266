// A real HTTP server for tests of the proxy: it remembers what came, and answers as the test says.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  method: string
  /** Path and query, as they came. */
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}

type Answering = (request: IncomingMessage, response: ServerResponse) => void

export interface RecordingUpstream {
  url: string
  received: Received[]
  /** Answers below `path`; the body of the request is then read by `answering`. */
  on(path: string, answering: Answering): void
  close(): Promise<void>
}

export async function recordingUpstream(): Promise<RecordingUpstream> {
  const received: Received[] = []
  const answers = new Map<string, Answering>()
  const server = createServer({ maxHeaderSize: 256 * 1024 }, (request, response) => {
    const { method = '', url = '', headers } = request
    const own = answers.get(url.replace(/\?.*$/s, ''))
    const seen = { method, url, headers, body: Buffer.alloc(0) }
    received.push(seen)
    if (own) return own(request, response)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.body = Buffer.concat(chunks)
      response.setHeader('content-type', 'application/json')
      response.end('{"ok":true}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    on: (path, answering) => void answers.set(path, answering),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
