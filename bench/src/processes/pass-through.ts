// A proxy that does nothing but pass: the least that a gateway written in Node can cost.
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { listen } from '@mandate/example-orders/listening.ts'
import { answering } from './answering.ts'

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** Bodies are small here: gathering them costs less than streams do. */
function whole(message: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  message.on('data', (chunk: Buffer) => chunks.push(chunk))
  message.on('end', () => then(Buffer.concat(chunks)))
}

function pass(upstream: URL, incoming: IncomingMessage, outgoing: ServerResponse): void {
  whole(incoming, (body) => {
    const { connection: _, host: __, ...headers } = incoming.headers
    const { method, url: path } = incoming
    const sent = request({ agent, hostname: upstream.hostname, port: upstream.port, method, path, headers }, (answer) =>
      whole(answer, (content) => {
        const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...returned } = answer.headers
        outgoing.writeHead(answer.statusCode ?? 502, { ...returned, 'content-length': content.length }).end(content)
      }),
    )
    sent.on('error', () => outgoing.writeHead(502).end())
    sent.end(body)
  })
}

answering(({ upstream }: { upstream: string }) => {
  const to = new URL(upstream)
  return listen(
    createServer((incoming, outgoing) => pass(to, incoming, outgoing)),
    0,
  )
})
