// Somewhere for traces to go: an OTLP collector that keeps every byte.
import { createServer } from 'node:http'
import { listen } from '@mandate/example-orders/listening.ts'

export interface Collector {
  endpoint: string
  /** Everything that was sent here. */
  bytes(): Buffer
  close(): Promise<void>
}

export async function startCollector(): Promise<Collector> {
  const chunks: Buffer[] = []
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  })
  const { url, close } = await listen(server, 0)
  return { endpoint: `${url}/v1/traces`, bytes: () => Buffer.concat(chunks), close }
}
