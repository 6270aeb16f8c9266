// A replica that cannot hear its database grants nothing once its limit has passed, says so at once, and comes back
// knowing what happened meanwhile.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, type TestContext, test } from 'node:test'
import { eventually } from '../testing/eventually.ts'
import { exchange, grant, registerAgent, type Shop, signInAt } from '../testing/shop.ts'
import { type Network, networkTo } from './testing/network.ts'
import { callGateway, openPair, type Pair, tokenAt } from './testing/pair.ts'
import { type Seen, slowest, watch } from './testing/watch.ts'

const STALENESS_MS = 1_000
/** What a loaded machine adds to any call, beside what calls take when all is well. */
const SLACK_MS = 250

describe('a replica cut off from the database', { timeout: 240_000 }, () => {
  let pair: Pair
  let network: Network
  /** An agent that goes on as it was. */
  let steady: { token: string; subject: string; agent: Shop['agent'] }
  before(async () => {
    pair = await openPair(async (url) => {
      network = await networkTo(url)
      return { DATABASE_URL: network.url, MANDATE_MAX_STALENESS: String(STALENESS_MS) }
    })
    const { admin, owner, connections, dana } = pair.shop
    const agent = await registerAgent(admin, owner, { name: 'Steady' })
    await grant(admin, agent.id, connections)
    const subject = (await signInAt(pair.issuer, { agent, person: dana })).access_token
    steady = { agent, subject, token: await tokenAt(pair.b, pair, subject, agent) }
  })
  afterEach(() => network.heal())
  after(async () => {
    await pair?.close()
    await network?.close()
  })

  const calls = () => ({
    gateway: () => callGateway(pair.b, pair, steady.token),
    exchange: () => exchange(pair.b.url, steady.agent, steady.subject, `${pair.issuer}/mcp/orders-api`),
    check: () => {
      const tuple_key = { user: `user:${pair.shop.dana.id}`, relation: 'viewer', object: `order:${order()}` }
      return pair.b.fga.call('POST', `/fga/stores/${pair.shop.store}/check`, { tuple_key })
    },
  })
  const order = () => pair.shop.dana.orders[0]
  const readiness = async () => (await fetch(`${pair.b.url}/readyz`)).status
  const ready = (status: number) => eventually(async () => (await readiness()) === status || undefined)

  /** How slow the slowest call is while all is well, and with that how late an answer may be. */
  async function normally(): Promise<number> {
    const all = watch(calls())
    await all.answered(20, 200)
    await all.stop()
    return slowest(all.seen) + SLACK_MS
  }

  /** The agent of the story with a token of its own at the replica; every test stops it for good. */
  async function doomed(): Promise<string> {
    const { agent, dana, admin } = pair.shop
    const { status } = await admin.must('GET', `/api/v1/agents/${agent.id}`)
    if (status === 'suspended') await admin.must('POST', `/api/v1/agents/${agent.id}/activate`, {})
    const subject = await eventually(() =>
      signInAt(pair.issuer, { agent, person: dana }).then(
        ({ access_token }) => access_token,
        () => undefined,
      ),
    )
    return tokenAt(pair.b, pair, subject)
  }
  /** Resolves with the time at which it was committed, or a little later. */
  async function suspend(): Promise<number> {
    const reason = 'while the other was cut off'
    await pair.a.admin.must('POST', `/api/v1/agents/${pair.shop.agent.id}/suspend`, { reason })
    return performance.now()
  }

  function checkCut(t: TestContext, seen: readonly Seen[], { cutAt, margin }: { cutAt: number; margin: number }): void {
    const granted = seen.filter(({ status }) => status < 300)
    // Acts need their record; only questions may be answered from memory, and only while it is fresh enough.
    assert.deepEqual(new Set(granted.map(({ kind }) => kind)).difference(new Set(['check'])), new Set())
    const latest = Math.max(0, ...granted.map(({ answeredAt }) => answeredAt - cutAt))
    const took = slowest(seen)
    const said = `last answer from memory after ${Math.round(latest)} ms, slowest refusal ${Math.round(took)} ms`
    t.diagnostic(`${said}; limit ${STALENESS_MS} ms, margin ${Math.round(margin)} ms`)
    assert.ok(latest < STALENESS_MS + margin, `granted ${latest} ms after the cut`)
    assert.ok(took < STALENESS_MS + margin, `an answer took ${took} ms`)
    for (const { status, retryAfter, kind } of seen) {
      if (status < 300) continue
      assert.equal(status, 503, kind)
      assert.match(retryAfter ?? 'none', /^\d+$/, `${kind} does not say when to try again`)
    }
  }

  async function servesAgain(t: TestContext): Promise<void> {
    const from = performance.now()
    const all = watch(calls())
    await all.answered(1, 200)
    await all.stop()
    await ready(200)
    t.diagnostic(`everything is served again ${Math.round(performance.now() - from)} ms after the network healed`)
  }

  /**
   * Calls until the answer is another than 503. For as long as the limit allows after the suspension, a replica that
   * heard the log just before it may still grant: such answers are counted, and asked again.
   */
  async function firstWord(token: string, suspendedAt: number): Promise<{ status: number; granted: number }> {
    for (let granted = 0; ; ) {
      const inTime = performance.now() - suspendedAt < STALENESS_MS
      const { status } = await callGateway(pair.b, pair, token)
      if (status < 300 && inTime) granted += 1
      else if (status !== 503) return { status, granted }
    }
  }

  test('silence, then broken connections: refused in time, and what happened meanwhile is known after', async (t) => {
    const token = await doomed()
    const margin = await normally()
    const reached = pair.upstreams.seen.length
    const cutAt = performance.now()
    network.stall()
    const all = watch(calls())
    await all.answered(10, 503)
    await ready(503)
    const suspendedAt = await suspend()
    network.drop()
    await all.answered(10, 503)
    await all.stop()
    checkCut(t, all.seen, { cutAt, margin })
    assert.equal(pair.upstreams.seen.length, reached, 'something reached the upstream through the replica')
    network.heal()
    assert.equal((await firstWord(token, suspendedAt)).status, 401)
    await servesAgain(t)
  })

  test('what waited out the silence is not granted late', async (t) => {
    const token = await doomed()
    const margin = await normally()
    const reached = pair.upstreams.seen.length
    network.stall()
    const began = performance.now()
    const waiting = Array.from({ length: 20 }, () => callGateway(pair.b, pair, token))
    const suspendedAt = await suspend()
    const statuses = (await Promise.all(waiting)).map(({ status }) => status)
    const took = performance.now() - began
    assert.deepEqual(new Set(statuses), new Set([503]))
    assert.ok(took < STALENESS_MS + margin, `an answer took ${took} ms`)
    network.heal()
    const { status, granted } = await firstWord(token, suspendedAt)
    assert.equal(status, 401)
    await servesAgain(t)
    const after = pair.upstreams.seen.slice(reached)
    t.diagnostic(`calls that waited were refused after ${Math.round(took)} ms`)
    assert.ok(after.length - granted < waiting.length, 'what had been refused was done when the network came back')
  })

  test('connections that never speak again are given up, and new ones take their place', async (t) => {
    const token = await doomed()
    const margin = await normally()
    const cutAt = performance.now()
    network.lose()
    const all = watch(calls())
    await all.answered(5, 503)
    await all.stop()
    checkCut(t, all.seen, { cutAt, margin })
    const suspendedAt = await suspend()
    network.heal()
    assert.equal((await firstWord(token, suspendedAt)).status, 401)
    await servesAgain(t)
  })
})
