// Another customer's records: what is not yours is not found, and reads exactly as what does not exist.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { eachHouse } from '../testing/house.ts'
import { type RawMcp, rawMcp } from '../testing/mcp.ts'
import { exchange, signInAt } from '../testing/shop.ts'

const MISSING = 'ord_99999'

eachHouse('records of others', (house) => {
  let session: RawMcp
  let token = ''
  let hers = ''
  let mine = ''

  before(async () => {
    const { agent, dana, eve } = house.shop
    const { access_token } = await signInAt(house.issuer, { agent, person: dana })
    const at = async (name: string): Promise<string> =>
      (await exchange(house.issuer, agent, access_token, `${house.issuer}/mcp/${name}`)).body.access_token
    session = await rawMcp(house.issuer, 'orders', await at('orders'))
    token = await at('orders-api')
    hers = eve.orders[0] ?? ''
    mine = dana.orders[0] ?? ''
  })

  const proxied = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${house.issuer}/proxy/orders-api${path}`, { ...init, headers })
    const kept = [...answer.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')
    return { status: answer.status, headers: JSON.stringify(kept), body: await answer.text() }
  }
  /** With everything taken out that names this one request, or the id that was asked for. */
  const plain = <T extends { status: number; body: string }>(answer: T, id: string): T => ({
    ...answer,
    body: answer.body.replaceAll(/req_[0-9a-f]{24}/g, 'REQUEST').replaceAll(id, 'ID'),
  })
  const refund = { amount: 1, reason: 'a test' }

  test('over MCP, by id or refund, read byte for byte as records that do not exist', async () => {
    for (const [tool, more] of [
      ['get_order', {}],
      ['refund_order', refund],
      ['refund_order', { amount: 10 ** 9, reason: 'too much' }],
    ] as const) {
      const [invisible, missing] = [
        plain(await session.callTool(tool, { order_id: hers, ...more }), hers),
        plain(await session.callTool(tool, { order_id: MISSING, ...more }), MISSING),
      ]
      assert.deepEqual(invisible, missing, tool)
      assert.match(invisible.body, /not found/i)
    }
    assert.deepEqual(house.upstreams.book.changes(), [])
  })

  test('over HTTP, by id or refund, read byte for byte as records that do not exist', async () => {
    const post = { method: 'POST', body: JSON.stringify(refund) }
    for (const [path, init] of [
      ['', {}],
      ['/refund', post],
    ] as [string, RequestInit][]) {
      const invisible = plain(await proxied(`/orders/${hers}${path}`, init), hers)
      assert.deepEqual(invisible, plain(await proxied(`/orders/${MISSING}${path}`, init), MISSING), path)
      assert.equal(invisible.status, 404)
    }
    assert.deepEqual(house.upstreams.book.changes(), [])
  })

  test('do not come by another way of writing the id or the path', async () => {
    const number = hers.slice(4)
    const ids = [
      ` ${hers}`,
      `${hers} `,
      hers.toUpperCase(),
      `ord_${Number(number)}`,
      `${mine},${hers}`,
      `${mine}/../${hers}`,
    ]
    for (const id of [...ids, `${hers}\u0000`, `${hers}#`, [hers], { id: hers }, [mine, hers]]) {
      const { body } = await session.callTool('get_order', { order_id: id })
      assertNothingOfEve(body, JSON.stringify(id))
    }
    for (const path of [
      `/orders/${mine}/../${hers}`,
      `/orders/${mine}%2F..%2F${hers}`,
      `/orders/%2e%2e/orders/${hers}`,
      `/orders/./${hers}`,
      `//orders/${hers}`,
      `/orders//${hers}`,
      `/orders/${hers}/`,
      `/orders/${hers};x=1`,
      `/orders/${hers}%00`,
      `/orders/${hers}?id=${mine}`,
      `/orders/%6frd_${number}`,
      `/Orders/${hers}`,
      `/customers/${house.shop.eve.customer}`,
      `/customers/${house.shop.eve.customer}/orders`,
      `/orders?limit=1000&customer_id=${house.shop.eve.customer}`,
      '/orders?limit=1000',
      `/orders?cursor=${Buffer.from(mine).toString('base64url')}`,
    ])
      assertNothingOfEve((await proxied(path)).body, path)
  })

  test('do not show in searches, their counts, cursors or snippets', async () => {
    const { eve, dana } = house.shop
    const eves = house.upstreams.book.customer(eve.customer)
    for (const query of [eve.customer, hers, eves.name, `${hers} ${mine}`]) {
      const found = await session.callTool('search_orders', { query })
      assertNothingOfEve(found.body, query)
      const result = JSON.parse(dataOf(found.body)).result.structuredContent
      assert.equal(result.total ?? result.matches.length, result.matches.length)
      const http = await proxied(`/orders/search?q=${encodeURIComponent(query)}`)
      assertNothingOfEve(http.body, query)
    }
    const all = JSON.parse((await proxied('/orders?limit=1000')).body)
    assert.equal(all.next_cursor, undefined)
    assert.ok(all.orders.every(({ id }: { id: string }) => dana.orders.includes(id)))
    assert.ok(all.total === undefined || all.total === all.orders.length)
    const listed = JSON.parse(dataOf((await session.callTool('list_orders', { limit: 1000 })).body)).result
    assert.equal(
      listed.structuredContent.total ?? listed.structuredContent.orders.length,
      listed.structuredContent.orders.length,
    )
    assert.deepEqual(JSON.parse(listed.content[0].text), listed.structuredContent)
  })

  test('do not show in the texts of errors', async () => {
    // The upstream's own texts name the owner of an order, and orders that are near.
    for (const order_id of [hers.slice(0, 8), `ord_${Number(hers.slice(4))}`, 'ord_', hers])
      assertNothingOfEve((await session.callTool('get_order', { order_id })).body, order_id)
    for (const path of [`/orders/ord_${Number(hers.slice(4))}`, `/orders/${hers.slice(0, 8)}`])
      assertNothingOfEve((await proxied(path)).body, path)
    const status = await proxied('/orders?status=nonsense')
    assertNothingOfEve(status.body, 'status')
  })

  test('one’s own are there, by every way', async () => {
    assert.match((await session.callTool('get_order', { order_id: mine })).body, new RegExp(mine))
    assert.equal((await proxied(`/orders/${mine}`)).status, 200)
    assert.match((await session.callTool('search_orders', { query: house.shop.dana.customer })).body, new RegExp(mine))
  })

  /** What the request said itself may stand in the answer; the rest of her record may not. */
  function assertNothingOfEve(body: string, asked: string): void {
    const { eve } = house.shop
    const { email, phone } = house.upstreams.book.customer(eve.customer)
    const said = `${asked}: ${body.slice(0, 300)}`
    for (const hidden of [email, phone, eve.customer, ...eve.orders])
      if (!asked.includes(hidden)) assert.ok(!body.includes(hidden), said)
    assert.ok(
      !body.includes(`customer_id":"${eve.customer}`) && !body.includes(`customer_id\\":\\"${eve.customer}`),
      said,
    )
  }
})

/** The message of a plain answer or of the last event of a stream. */
const dataOf = (body: string): string =>
  body.startsWith('{') ? body : (body.split('\n').findLast((line) => line.startsWith('data: ')) ?? '').slice(6)
