// An audience, as those would name it who want to show others what they may not see.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createOrdersBook } from '@mandate/example-orders/data.ts'
import { type Listening, listen } from '@mandate/example-orders/listening.ts'
import { createOrdersMcp } from '@mandate/example-orders/mcp-server.ts'
import { newId } from '../kernel/ids.ts'
import { MOST_MEMBERS } from './audience.ts'
import { dana, eve, ORDER_TOOLS, type Stage, stage } from './testing.ts'

const team = newId('group')
const empty = newId('group')
const crowd = newId('group')
const gone = newId('user')
const received: (string | undefined)[] = []
let s: Stage
let api: Server
let mcp: Listening
const book = createOrdersBook()
const [one, two] = book.orders().map(({ id }) => id)

before(async () => {
  s = await stage()
  api = createServer((request, response) => {
    received.push(request.headers['mandate-audience']?.toString())
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ docs: [{ id: 'both' }, { id: 'danas' }, { id: 'eves' }], total: 3 }))
  })
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  const records = [{ path: '$.docs[*]', type: 'doc', id: 'id', relation: 'viewer' }]
  s.connect({
    ...{ name: 'docs', kind: 'http', upstream: `http://127.0.0.1:${(api.address() as AddressInfo).port}` },
    tools: {
      'GET /docs': { effect: 'read', records },
      'GET /unsaid': { effect: 'read' },
      'GET /none': { effect: 'read', records: [] },
    },
  })
  mcp = await listen(createOrdersMcp({ book, user: 'gateway', password: 'pass' }), 0)
  s.connect({
    ...{ name: 'orders', kind: 'mcp', upstream: `${mcp.url}/mcp`, tools: ORDER_TOOLS },
    credential: { type: 'basic', username: 'gateway', password: 'pass' },
  })
  for (const action of ['GET /docs', 'GET /unsaid', 'GET /none', 'get_order', 'list_orders'])
    s.grants.set(action, 'auto')
  for (const id of ['both', 'danas']) s.seen.add(`user:${dana} viewer doc:${id}`)
  for (const id of ['both', 'eves']) s.seen.add(`user:${eve} viewer doc:${id}`)
  for (const id of [one, two]) s.seen.add(`user:${dana} can_view order:${id}`)
  s.seen.add(`user:${eve} can_view order:${one}`)
  s.groups.set(team, [dana, eve])
  s.groups.set(
    crowd,
    Array.from({ length: MOST_MEMBERS + 1 }, () => newId('user')),
  )
})
after(async () => {
  await s.close()
  await mcp.close()
  api.close()
  book.close()
})

async function docs(headers: Record<string, string> | [string, string][] = {}, path = '/docs') {
  const all = new Headers(headers)
  all.set('authorization', `Bearer ${s.token('docs')}`)
  const answer = await fetch(`${s.url}/proxy/docs${path}`, { headers: all })
  const body = (await answer.json()) as { docs?: { id: string }[]; total?: number; reasons?: string[] }
  return { status: answer.status, body, ids: (body.docs ?? []).map(({ id }) => id) }
}
const audience = (value: string) => docs({ 'Mandate-Audience': value })

describe('An audience', () => {
  it('sees what every one of it may see, and the rest counts as withheld', async () => {
    assert.deepEqual((await docs()).ids, ['both', 'danas'])
    const shared = await audience(eve)
    assert.deepEqual(shared.body, { docs: [{ id: 'both' }], total: 1 })
    const { audience: readers, records, withheld } = s.ended.at(-1)?.facts ?? {}
    assert.deepEqual({ readers, records, withheld }, { readers: 1, records: 1, withheld: 2 })
    for (const same of [team, `${eve}, ${dana}`, `${team},${eve}`, `${eve},${eve}`])
      assert.deepEqual((await audience(same)).ids, ['both'], same)
  })

  it('is never a way to more: the one who asks is always of it', async () => {
    assert.deepEqual((await audience(dana)).ids, ['both', 'danas'])
    assert.deepEqual((await audience(eve)).ids, ['both'])
  })

  it('with somebody in it who is not known sees nothing', async () => {
    for (const unknown of [gone, `${dana},${gone}`, empty, newId('group'), `usr_${eve.slice(4).toUpperCase()}`])
      assert.deepEqual((await audience(unknown)).body, { docs: [], total: 0 }, unknown)
  })

  it('that names nobody, too many, or something else is refused', async () => {
    const before = received.length
    const many = Array.from({ length: MOST_MEMBERS + 1 }, (_, at) => `usr_${at}`).join()
    for (const wrong of ['', ' ', ',', `${eve},`, 'everyone', '*', 'user:*', `user:${eve}`, `"${eve}"`, many, crowd])
      assert.equal((await audience(wrong)).status, 400, wrong.slice(0, 80))
    assert.equal(received.length, before)
  })

  it('in another spelling is refused rather than overlooked', async () => {
    for (const name of [
      'Mandate_Audience',
      'MandateAudience',
      'Mandate-Audiences',
      'mandate.audience',
      'X-Mandate-Audience',
    ])
      assert.equal((await docs({ [name]: eve })).status, 400, name)
    const upper = await docs({ 'MANDATE-AUDIENCE': eve })
    assert.deepEqual(upper.ids, ['both'])
    const twice = await docs([
      ['mandate-audience', dana],
      ['mandate-audience', eve],
    ])
    assert.deepEqual(twice.ids, ['both'])
  })

  it('is not told to the upstream', () => {
    assert.ok(received.length > 0)
    assert.ok(received.every((value) => value === undefined))
  })

  it('sees no answer of which nobody said what records it holds', async () => {
    assert.equal((await docs({}, '/unsaid')).status, 200)
    const refused = await docs({ 'mandate-audience': dana }, '/unsaid')
    assert.deepEqual([refused.status, refused.body.reasons], [403, ['audience_unjudged']])
    assert.equal((await docs({ 'mandate-audience': eve }, '/none')).status, 200)
  })

  it('is named in _meta of a message of MCP, and left out of what is sent on', async () => {
    const session = await open()
    const list = async (meta?: object, headers = {}) => {
      const answer = await session('list_orders', { limit: 1000 }, meta, headers)
      return JSON.parse(answer).result?.structuredContent?.orders?.map(({ id }: { id: string }) => id)
    }
    assert.deepEqual((await list()).sort(), [one, two].sort())
    assert.deepEqual(await list({ 'mandate/audience': [eve] }), [one])
    assert.deepEqual(await list({ 'mandate/audience': eve }), [one])
    assert.deepEqual(await list({ 'mandate/audience': [dana] }, { 'mandate-audience': eve }), [one])
    assert.deepEqual(await list({ 'mandate/audience': [gone] }), [])
    for (const wrong of [[], '', [1], [[eve]], { user: eve }, null, [`user:${eve}`]])
      assert.match(await session('list_orders', {}, { 'mandate/audience': wrong }), /must be ids of users/)
    for (const name of [
      'mandate/Audience',
      'Mandate/audience',
      'mandate-audience',
      'mandate_audience',
      'example.org/mandate-audience',
    ])
      assert.match(await session('list_orders', {}, { [name]: [eve] }), /is not known here/, name)
  })

  it('must be able to see the record that the call names', async () => {
    const session = await open()
    assert.match(await session('get_order', { order_id: two }), new RegExp(`${two}`))
    const hidden = await session('get_order', { order_id: two }, { 'mandate/audience': [eve] })
    assert.match(hidden, /Not found/)
  })
})

/** A session over the wire; answers are the message as text. */
async function open() {
  const headers: Record<string, string> = {
    ...{ authorization: `Bearer ${s.token('orders')}`, 'content-type': 'application/json' },
    ...{ accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' },
  }
  const post = (message: object, more = {}) =>
    fetch(`${s.url}/mcp/orders`, {
      ...{ method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify({ jsonrpc: '2.0', ...message }) },
    })
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } }
  const opened = await post({ id: 0, method: 'initialize', params })
  await opened.text()
  headers['mcp-session-id'] = opened.headers.get('mcp-session-id') ?? ''
  await (await post({ method: 'notifications/initialized' })).text()
  return async (name: string, given: object, meta?: object, more = {}) => {
    const call = { name, arguments: given, ...(meta && { _meta: meta }) }
    const body = await (await post({ id: 1, method: 'tools/call', params: call }, more)).text()
    return body.startsWith('{') ? body : (body.split('\n').findLast((line) => line.startsWith('data: ')) ?? '').slice(6)
  }
}
