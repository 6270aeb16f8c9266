// What a call costs at the gateway, in CPU of its process, beside the same call through a proxy that only passes.
import assert from 'node:assert/strict'
import { type Place, places } from '../databases.ts'
import { answers, type HttpAnswer, type HttpCall, send } from '../load.ts'
import { startNginx } from '../nginx.ts'
import { type Contender, interleaved, of } from '../rounds.ts'
import { cpuPerCall, type Served, serve } from '../served.ts'
import { openShop, type Shop } from '../shop/shop.ts'
import { type Cell, held, printTable } from '../table.ts'

const CALLS = 400
const BUDGET = { passThrough: 1.5, nginx: 4.5 }

export async function gateway(): Promise<void> {
  const upstream = await serve('upstream')
  const passThrough = await serve('pass-through', { upstream: upstream.url })
  const nginx = await startNginx(upstream.url)
  if (!nginx) console.log('\nnginx is not installed: no comparison with it')
  try {
    for (const place of await places()) await at(place, { upstream, passThrough, nginx })
  } finally {
    await Promise.all([upstream.stop(), passThrough.stop(), nginx?.stop()])
  }
}

interface Beside {
  upstream: Served
  passThrough: Served
  nginx: Served | undefined
}

async function at(place: Place, { upstream, passThrough, nginx }: Beside): Promise<void> {
  const shop = await openShop(place, upstream.url)
  try {
    const calls = await callsThrough(shop)
    const contenders: Contender[] = calls.map(({ name, call }) => ({
      name,
      round: () => cpuPerCall(shop.house, call, CALLS),
    }))
    for (const { name, plain } of calls) {
      if (!plain) continue
      for (const [proxy, label] of [[passThrough, 'pass'] as const, ...(nginx ? [[nginx, 'nginx'] as const] : [])])
        contenders.push({
          name: `${name}, ${label}`,
          round: () => cpuPerCall(proxy, { ...plain, url: `${proxy.url}${plain.url}` }, CALLS),
        })
    }
    const results = await interleaved(contenders)
    const rows = calls.map(({ name, like = name }): Cell[] => {
      const own = of(results, name)
      const pass = of(results, `${like}, pass`).median
      const ratio = own.median / pass
      const toNginx = nginx ? own.median / of(results, `${like}, nginx`).median : undefined
      return [
        ...[name, own.median, own.least, own.most, pass, ratio, held(ratio, { atMost: BUDGET.passThrough })],
        toNginx === undefined ? 'absent' : `${toNginx.toFixed(2)}, ${held(toNginx, { atMost: BUDGET.nginx })}`,
      ]
    })
    printTable(
      `Gateway, ${place.name}: µs of CPU per call of 1 KiB (${CALLS} calls per round, 32 at a time)`,
      ['call', 'median', 'least', 'most', 'pass-through', 'ratio', 'budget', 'nginx'],
      rows,
    )
  } finally {
    await shop.close()
    await place.remove()
  }
}

interface Compared {
  name: string
  call: HttpCall
  /** The same call without a gateway, its URL below a proxy; a denied one has none. */
  plain?: HttpCall
  /** Whose plain call a denied one is held against. */
  like?: string
}

export async function callsThrough(shop: Shop): Promise<Compared[]> {
  const session = await openSession(shop)
  const tool = (name: string, check: HttpCall['check']): HttpCall => ({
    ...{ method: 'POST', url: `${shop.issuer}/mcp/orders`, headers: session, check },
    body: rpc('tools/call', { name, arguments: {} }),
  })
  const api = { authorization: `Bearer ${await shop.tokenAt('orders-api')}` }
  const get = (path: string, check: HttpCall['check']): HttpCall => ({
    ...{ method: 'GET', url: `${shop.issuer}/proxy/orders-api${path}`, headers: api, check },
  })
  const plain = (call: HttpCall, url: string, holds: string) => ({ ...call, url, check: answers(200, holds) })

  const price = tool('get_price', answers(200, 'TEA-4'))
  const orders = tool('list_orders', sees)
  const apiPrice = get('/price', answers(200, 'TEA-4'))
  const apiOrders = get('/orders', sees)
  return [
    { name: 'tools/call, allowed', call: price, plain: plain(price, '/mcp', 'TEA-4') },
    { name: 'tools/call, records filtered', call: orders, plain: plain(orders, '/mcp', 'ord_1') },
    {
      name: 'tools/call, denied',
      call: tool('close_account', answers(200, 'never:close_account', 'structuredContent')),
      like: 'tools/call, allowed',
    },
    { name: 'GET, allowed', call: apiPrice, plain: plain(apiPrice, '/price', 'TEA-4') },
    { name: 'GET, records filtered', call: apiOrders, plain: plain(apiOrders, '/orders', 'ord_1') },
    { name: 'GET, denied', call: get('/customers', answers(403, 'forbidden')), like: 'GET, allowed' },
  ]
}

/** Her four orders of eight. */
function sees(answer: HttpAnswer): void {
  answers(200, 'ord_6', 'ord_1')(answer)
  assert.equal(new Set(answer.text.match(/ord_\d/g)).size, 4)
}

async function openSession(shop: Shop): Promise<Record<string, string>> {
  const headers = {
    authorization: `Bearer ${await shop.tokenAt('orders')}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-11-25',
  }
  const opening = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } }
  const answer = await send({
    ...{ method: 'POST', url: `${shop.issuer}/mcp/orders`, headers, body: rpc('initialize', opening) },
  })
  assert.equal(answer.status, 200, answer.text)
  return { ...headers, 'mcp-session-id': String(answer.headers['mcp-session-id']) }
}

const rpc = (method: string, params: object): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
