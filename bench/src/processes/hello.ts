// The least an HTTP server can do with a small body: read it, and answer with another.
import { createServer } from 'node:http'
import { listen } from '@mandate/example-orders/listening.ts'
import { answering } from './answering.ts'

answering(() =>
  listen(
    createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { hello } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { hello: string }
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ hello }))
      })
    }),
    0,
  ),
)
