// The server behind the gateway, as fast as it can be: an MCP endpoint and an HTTP API whose answers are made beforehand.
import { createServer, type ServerResponse } from 'node:http'
import { listen } from '@mandate/example-orders/listening.ts'
import { ORDERS, PRICE } from '../shop/answers.ts'
import { answering } from './answering.ts'

const price = JSON.stringify(PRICE)
const orders = JSON.stringify(ORDERS)
const structured = (text: string) => `{"content":[],"structuredContent":${text}}`
const results: Readonly<Record<string, string>> = { get_price: structured(price), list_orders: structured(orders) }
const opening = JSON.stringify({
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'orders', version: '1.0.0' },
})

interface Message {
  id?: number | string
  method: string
  params?: { name?: string }
}

function answer(response: ServerResponse, { id, method, params }: Message): void {
  if (id === undefined) return void response.writeHead(202).end()
  if (method === 'initialize') response.setHeader('mcp-session-id', 'upstream-session')
  const result = method === 'initialize' ? opening : (results[params?.name ?? ''] ?? '{}')
  send(response, `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`)
}

function send(response: ServerResponse, json: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }).end(json)
}

answering(() =>
  listen(
    createServer((request, response) => {
      if (request.method === 'GET') return send(response, request.url?.endsWith('/orders') ? orders : price)
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        if (text === '') return void response.writeHead(204).end()
        answer(response, JSON.parse(text))
      })
    }),
    0,
  ),
)
