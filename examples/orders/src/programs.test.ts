// The two programs as an operator starts them: what they print, when they refuse, how they end.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

const program = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const PATH = process.env.PATH ?? ''

test('the servers say where they are and end cleanly on SIGTERM, with a client still listening', async () => {
  const env = { PATH, PORT_HTTP: '0', PORT_MCP: '0', ORDERS_MCP_PASSWORD: 'chosen' }
  const child = spawn(process.execPath, [program('main.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    if (lines.push(line) === 2) break
  }
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(lines[0] ?? '')?.[0]
  const headers = { 'x-api-key': 'demo-orders-key' }
  assert.equal((await fetch(`${url}/orders/ord_00001`, { headers })).status, 200)
  assert.ok(!lines.join().includes('chosen'), 'a password of one’s own is not printed')
  const hanging = fetch(`${url}/slow?ms=60000`, { headers }).catch(() => 'cut off')
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
  assert.equal(await hanging, 'cut off')
})

test('the stdio server refuses to start without its credential', async () => {
  const child = spawn(process.execPath, [program('stdio.ts')], { env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  assert.equal(code, 1)
  assert.match(said, /ORDERS_API_KEY is not set/)
})

test('the stdio server offers the same tools', async () => {
  const env = { PATH, ORDERS_API_KEY: 'k' }
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [program('stdio.ts')], env }))
  assert.equal((await client.listTools()).tools.length, 5)
  const order = await client.callTool({ name: 'get_order', arguments: { order_id: 'ord_00001' } })
  assert.equal((order.structuredContent as { id: string }).id, 'ord_00001')
  await client.close()
})
