// A provider whose token endpoint takes five seconds keeps the one call waiting that needs it, and nobody else.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { callHttp, signedIn } from '../testing/approving.ts'
import { Browser } from '../testing/browser.ts'
import { AT_THE_CRM, connectAccount, contacts, type Desk, deskToken, openDesk } from '../testing/desk.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'

const SLOW_MS = 5_000

interface Measured {
  kind: string
  count: number
  median: number
  max: number
  lastAt: number
}

eachHouse('a slow provider', (house) => {
  let desk: Desk
  const tokens = { dana: '', eve: '', orders: '' }
  before(async () => {
    const { issuer, shop } = house
    const { agent, dana, eve } = shop
    desk = await openDesk({ issuer, admin: shop.admin, agents: [agent.id] })
    const { name } = desk
    await connectAccount(await signedIn(issuer, dana), { issuer, name, as: AT_THE_CRM.dana })
    await connectAccount(await signedIn(issuer, eve), { issuer, name, as: AT_THE_CRM.eve })
    tokens.dana = await deskToken(issuer, { agent, person: dana, name })
    tokens.eve = await deskToken(issuer, { agent, person: eve, name })
    tokens.orders = await deskToken(issuer, { agent, person: eve, name: 'orders-api' })
  })
  after(() => desk?.close())

  let groups = 0
  const others: Readonly<Record<string, [count: number, call: () => Promise<number>]>> = {
    'calls of another person to another system': [
      25,
      async () => {
        const path = `orders-api/orders/${house.shop.eve.orders[0]}`
        return (await callHttp(house.issuer, { token: tokens.orders, method: 'GET', path })).status
      },
    ],
    'calls of another person to the same system': [
      25,
      async () => (await contacts(house.issuer, desk.name, tokens.eve)).status,
    ],
    'sign-ins': [
      5,
      async () => {
        const { url } = await new Browser().follow(`${house.issuer}/sign-in`, house.shop.eve)
        return new URL(url).pathname === '/' ? 200 : 401
      },
    ],
    'readings of the management API': [25, async () => (await house.shop.admin.call('GET', '/api/v1/agents')).status],
    'changes by the management API': [
      25,
      async () => (await house.shop.admin.call('POST', '/api/v1/groups', { name: `Group ${++groups}` })).status,
    ],
  }

  /** All kinds at once, each one call after the other. */
  const measured = (): Promise<Measured[]> =>
    Promise.all(
      Object.entries(others).map(async ([kind, [count, call]]) => {
        const took: number[] = []
        for (let n = 0; n < count; n++) {
          const begun = performance.now()
          const status = await call()
          took.push(performance.now() - begun)
          assert.ok(status === 200 || status === 201, `${kind}: ${status}`)
        }
        took.sort((one, other) => one - other)
        const [median = 0, max = 0] = [took[count >> 1], took.at(-1)]
        return { kind, count, median: Math.round(median), max: Math.round(max), lastAt: performance.now() }
      }),
    )

  test('keeps nobody waiting but the call that needs it', async (t) => {
    const { issuer } = house
    await measured()
    const usual = await measured()
    assert.equal((await contacts(issuer, desk.name, tokens.dana)).status, 200)
    await desk.forget(desk.tokens().at(-1) ?? '')
    assert.equal((await contacts(issuer, desk.name, tokens.dana)).status, 502, 'refused once, and to be renewed')
    desk.crm.slowToken(SLOW_MS)
    const begun = performance.now()
    let slowAt = Number.POSITIVE_INFINITY
    const slow = contacts(issuer, desk.name, tokens.dana).then((answer) => {
      slowAt = performance.now()
      return answer
    })
    await eventually(async () => (desk.crm.counts.rotated === 1 ? true : undefined))
    const meanwhile = await measured()
    assert.equal((await slow).status, 200)
    assert.ok(slowAt - begun >= SLOW_MS, 'the provider was not slow')
    t.diagnostic(`the call that needed the provider took ${Math.round(slowAt - begun)} ms`)
    for (const [n, { kind, count, median, max, lastAt }] of meanwhile.entries()) {
      const before = usual[n]
      t.diagnostic(
        `${count} ${kind}: median ${median} ms, max ${max} ms; without the slow one ${before?.median}, ${before?.max}`,
      )
      assert.ok(lastAt < slowAt, `${kind} waited for the provider`)
    }
    assert.equal(desk.crm.counts.rotated, 1)
  })
})
