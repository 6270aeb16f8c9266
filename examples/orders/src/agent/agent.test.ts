// The agent against a far side that expires, refuses and forgets.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createOrdersBook } from '../data.ts'
import { createOrdersApi } from '../http-api.ts'
import { type Listening, listen } from '../listening.ts'
import { createOrdersMcp } from '../mcp-server.ts'
import { createAgent } from './agent.ts'
import { createStandIn, type StandIn } from './stand-in.ts'

const book = createOrdersBook()
const open: Listening[] = []
const basic = `Basic ${Buffer.from('u:p').toString('base64')}`
let standIn: StandIn
let issuer: string

async function start(server: Server): Promise<string> {
  const listening = await listen(server, 0)
  open.push(listening)
  return listening.url
}

before(async () => {
  const mcp = await start(createOrdersMcp({ book, user: 'u', password: 'p' }))
  const api = await start(createOrdersApi({ book, apiKey: 'k' }))
  standIn = createStandIn({
    orders: { url: mcp, header: ['authorization', basic] },
    'orders-api': { url: api, header: ['x-api-key', 'k'] },
  })
  issuer = await start(standIn.server)
})
beforeEach(() => {
  standIn.grants.length = 0
  standIn.refuse = undefined
})
after(() => Promise.all(open.map((listening) => listening.close())))

const settings = () => ({ MANDATE_ISSUER: issuer, AGENT_ID: 'agt_1', AGENT_SECRET: 's:1', SUBJECT_TOKEN: 'person' })
const getOrder = { tool: 'get_order', arguments: { order_id: 'ord_00001' } }

test('the agent trades the person’s token for one per connection, in its own name', async () => {
  const agent = createAgent(settings())
  assert.equal((await agent.perform(getOrder)).ok, true)
  assert.equal((await agent.perform({ http: 'GET /orders/ord_00001' })).ok, true)
  assert.equal((await agent.perform(getOrder)).ok, true)
  assert.deepEqual(
    standIn.grants.map(({ resource }) => resource),
    [`${issuer}/mcp/orders`, `${issuer}/mcp/orders-api`],
  )
  const { authorization = '', ...form } = standIn.grants[0] ?? {}
  assert.deepEqual(form, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 'person',
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    resource: `${issuer}/mcp/orders`,
    scope: 'use',
  })
  // RFC 6749 §2.3.1: both parts are form-encoded before they are joined, which is why a secret may hold a colon.
  const parts = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':')
  assert.deepEqual(parts.map(decodeURIComponent), ['agt_1', 's:1'])
  await agent.close()
})

test('a token that expired on the way is exchanged again and the call goes through once', async () => {
  const agent = createAgent(settings())
  await agent.perform(getOrder)
  await agent.perform({ http: 'GET /orders?limit=1' })
  standIn.expireTokens()
  const order_id = book.orders({ status: 'paid' })[0]?.id
  const change = { amount: 1, reason: 'late' }
  assert.equal((await agent.perform({ http: `POST /orders/${order_id}/refund`, body: change })).ok, true)
  assert.equal((await agent.perform({ tool: 'refund_order', arguments: { order_id, ...change } })).ok, true)
  assert.equal(book.changes().length, 2)
  assert.equal(standIn.grants.length, 4)
  await agent.close()
})

test('when the exchange is refused, every step says so and why', async () => {
  const agent = createAgent(settings())
  await agent.perform(getOrder)
  standIn.expireTokens()
  standIn.refuse = { error: 'invalid_grant', error_description: 'the agent is suspended' }
  for (const step of [getOrder, { http: 'GET /orders' }]) {
    assert.deepEqual(await agent.perform(step), { ok: false, refused: { status: 400, ...standIn.refuse } })
  }
  await agent.close()
})

test('a refusal carries what the server said, over MCP and over HTTP', async () => {
  const agent = createAgent(settings())
  const unknown = await agent.perform({ tool: 'get_order', arguments: { order_id: 'ord_9' } })
  assert.match(JSON.stringify(unknown), /"ok":false.*belongs to another account/)
  const missing = await agent.perform({ http: 'GET /orders/ord_9' })
  assert.match(JSON.stringify(missing), /"ok":false.*"status":404.*belongs to another account/)
  await agent.close()
})

test('a script can neither name another host nor replace the agent’s token', async () => {
  const agent = createAgent(settings())
  await assert.rejects(agent.perform({ http: 'GET http://169.254.169.254/' }))
  await assert.rejects(agent.perform({ http: 'GET @evil.example/' }))
  const own = await agent.perform({ http: 'GET /orders?limit=1', headers: { Authorization: 'Bearer stolen' } })
  assert.equal(own.ok, true)
  await agent.close()
})

test('the program prints one line per step and ends well even when a step was refused', async () => {
  const steps = [getOrder, { http: 'GET /orders/ord_9' }, { tool: 'no_such_tool' }]
  const env = { PATH: process.env.PATH ?? '', ...settings() }
  const run = async (argv: string[], input: string) => {
    const program = fileURLToPath(new URL('agent.ts', import.meta.url))
    const child = spawn(process.execPath, [program, ...argv], { env, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.end(input)
    const exit = new Promise((resolve) => child.once('exit', resolve))
    return { out: await text(child.stdout), err: await text(child.stderr), code: await exit }
  }
  const script = JSON.stringify(steps)
  for (const { out, code } of [await run([script], ''), await run([], script)]) {
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ ok }) => ok),
      [true, false, false],
    )
    assert.equal(lines[1].http, 'GET /orders/ord_9')
    assert.equal(code, 0)
  }
  const wrong = await run(['{"tool":'], '')
  assert.equal(wrong.code, 2)
  assert.doesNotMatch(wrong.err, /\n\s+at /, 'no stack trace')
})

test('the agent knows no credential of the systems it reaches', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const sources = readdirSync(folder).filter((name) => !/\.test\.ts$|^stand-in\.ts$/.test(name))
  assert.ok(sources.includes('agent.ts'))
  for (const name of sources) {
    const source = readFileSync(`${folder}${name}`, 'utf8')
    assert.doesNotMatch(source, /x-api-key|api_?key|password|demo-orders|ORDERS_|from '\.\.\//i, name)
  }
  assert.ok(readFileSync(`${folder}agent.ts`, 'utf8').split('\n').length <= 150)
})
