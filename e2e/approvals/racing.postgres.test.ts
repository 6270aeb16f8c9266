// Two replicas of one house: one request, one answer and one act, however many reach for them at once.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openPair, type Pair, type Replica } from '../replicas/testing/pair.ts'
import { type Asked, approvalIn, asPerson, callHttp, signedIn } from '../testing/approving.ts'
import { eventually } from '../testing/eventually.ts'
import { type Desk, openDesk } from './testing/desk.ts'

const MANY = 50

// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says; tests look at them with assertions
type Body = any

describe('approvals on two replicas', { timeout: 240_000 }, () => {
  let pair: Pair
  let desk: Desk
  const replicas = (): readonly [Replica, Replica] => [pair.a, pair.b]
  const body = (note: string) => ({ amount: 1, note })
  const pay = ({ url }: Replica, note: string, wait?: number): Promise<Asked> =>
    callHttp(url, { token: desk.token, path: 'bank/pay', body: body(note), ...(wait !== undefined && { wait }) })
  /** `count` calls at once, by turns at either replica. */
  const racing = (count: number, note: string, wait?: number): Promise<Asked[]> =>
    Promise.all(Array.from({ length: count }, (_, n) => pay(replicas()[n % 2 === 0 ? 0 : 1], note, wait)))
  // As a browser sends it through a balancer: the issuer's origin and its cookies, whichever replica answers.
  const says = async ({ url }: Replica, id: string, say: 'approve' | 'deny', browser = desk.browser) => {
    const cookies = [...browser.cookies(new URL(pair.issuer).host)].map(([name, value]) => `${name}=${value}`)
    const answer = await fetch(`${url}/api/v1/approvals/${id}/${say}`, {
      ...{ method: 'POST', body: '{}' },
      headers: { cookie: cookies.join('; '), origin: pair.issuer, 'content-type': 'application/json' },
    })
    return { status: answer.status, body: (await answer.json()) as { status: string } }
  }
  const requests = async (note: string) => {
    const { body } = await asPerson(desk.browser, { issuer: pair.issuer, method: 'GET', path: '/approvals?limit=200' })
    const all = await Promise.all(body.items.map(({ id }: { id: string }) => desk.look(id)))
    return all.filter(({ verified }: { verified: unknown }) => JSON.stringify(verified).includes(`"${note}"`))
  }

  before(async () => {
    pair = await openPair()
    desk = await openDesk(pair)
    // The other replica hears of the connection and the token a moment later.
    await eventually(async () => ((await pay(pair.b, 'heard')).body.code === 'approval_required' ? true : undefined))
  })
  after(async () => {
    await desk?.close()
    await pair?.close()
  })

  test('fifty identical first calls make one request', async () => {
    const all = await racing(MANY, 'asked by many')
    for (const { body, text } of all) assert.equal(body.code, 'approval_required', text)
    assert.equal(new Set(all.map(({ text }) => approvalIn(text))).size, 1)
    assert.equal((await requests('asked by many')).length, 1)
  })

  test('fifty that reach for one yes are one act, three times over', async () => {
    for (let round = 0; round < 3; round++) {
      await desk.anotherAgent()
      const note = `used by one ${round}`
      const id = await eventually(async () => /apr_[0-9a-z]+/.exec((await pay(pair.b, note)).text)?.[0])
      assert.equal((await says(pair.b, id, 'approve')).status, 200)
      const all = await racing(MANY, note)
      const done = all.filter(({ status }) => status === 200)
      assert.equal(done.length, 1, all.map(({ status }) => status).join())
      assert.equal(desk.acts(note), 1)
      const seen = (await requests(note)).find((one: { id: string }) => one.id === id)
      assert.deepEqual([seen.status, seen.outcome], ['consumed', 'done'])
      assert.ok(all.every(({ status }) => [200, 403, 429, 503].includes(status)))
    }
  })

  test('fifty held calls are let go by one yes at one replica, and one of them acts', async (t) => {
    const { id: agent } = await desk.anotherAgent()
    const note = 'held by many'
    const ends = new Map<Asked, number>()
    const held = Promise.all(
      Array.from({ length: MANY }, async (_, n) => {
        const asked = await pay(replicas()[n % 2 === 0 ? 0 : 1], note, 20)
        ends.set(asked, performance.now())
        return asked
      }),
    )
    const id = await desk.waiting(`"${note}"`)
    // Each wrote down its attempt before it asked.
    await eventually(async () => {
      const { items } = await pair.a.admin.must('GET', `/api/v1/audit/events?agent=${agent}&limit=200`)
      const attempts = items.filter((one: Body) => one.kind === 'attempt' && one.operation === 'gateway.proxy')
      return attempts.length >= MANY ? true : undefined
    }, 15_000)
    await says(pair.b, id, 'approve')
    const answered = performance.now()
    const all = await held
    t.diagnostic(`${all.filter(({ text }) => text.includes(id)).length} waited and were told that another acted`)
    // Who came only after the yes was used asks anew, and waits for another answer.
    const waited = all.filter(({ text }) => text.includes(id))
    for (const one of waited) assert.ok((ends.get(one) ?? 0) - answered < 10_000, 'it was held on')
    assert.ok(waited.length > 0)
    assert.equal(all.filter(({ status }) => status === 200).length, 1)
    assert.equal(desk.acts(note), 1)
    assert.ok(all.every(({ status }) => status === 200 || status === 403))
  })

  test('a no at one replica ends what the other holds', async () => {
    await desk.anotherAgent()
    const held = pay(pair.b, 'refused', 20)
    await says(pair.a, await desk.waiting('"refused"'), 'deny')
    const { status, body } = await held
    assert.deepEqual([status, body.reasons], [403, ['approval_denied']])
    assert.equal(desk.acts('refused'), 0)
  })

  test('twenty answers at once from two approvers at two replicas are one outcome', async () => {
    const other = await desk.anotherAgent()
    const { admin, dana, eve } = pair.shop
    const { id: group } = await admin.must('POST', '/api/v1/groups', { name: 'two' })
    for (const { id } of [dana, eve]) await admin.must('PUT', `/api/v1/groups/${group}/members/${id}`)
    await desk.grant({ approval: { approvers: { group } } }, other.id)
    const browsers = [desk.browser, await signedIn(pair.issuer, eve)] as const
    for (let round = 0; round < 4; round++) {
      const note = `answered ${round}`
      const id = await eventually(async () => /apr_[0-9a-z]+/.exec((await pay(pair.b, note)).text)?.[0])
      // Until the other replica has heard who is in the group.
      await eventually(async () => ((await says(pair.b, id, 'approve', browsers[1])).status !== 404 ? true : undefined))
      const fresh = `${note} raced`
      const raced = approvalIn((await pay(pair.a, fresh)).text)
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          says(replicas()[n % 2 === 0 ? 0 : 1], raced, n % 4 < 2 ? 'approve' : 'deny', browsers[n % 3 === 0 ? 0 : 1]),
        ),
      )
      const given = all.filter(({ status }) => status === 200).map(({ body }) => body.status)
      assert.ok(all.every(({ status }) => status === 200 || status === 409))
      // A no after the yes takes it back; nothing takes back a no.
      assert.ok(given.length === 1 || (given.length === 2 && given.includes('approved')), given.join())
      const { status } = await desk.look(raced)
      assert.equal(status, given.includes('denied') ? 'denied' : 'approved')
      const used = await racing(4, fresh)
      assert.equal(used.filter(({ status }) => status === 200).length, status === 'approved' ? 1 : 0)
      assert.equal(desk.acts(fresh), status === 'approved' ? 1 : 0)
    }
  })

  test('an agent suspended at one replica is let go at the other, and its yes is worth nothing there', async () => {
    const other = await desk.anotherAgent()
    const approved = await eventually(async () => /apr_[0-9a-z]+/.exec((await pay(pair.b, 'was agreed')).text)?.[0])
    await says(pair.a, approved, 'approve')
    const held = pay(pair.b, 'was held', 30)
    await desk.waiting('"was held"')
    const began = performance.now()
    await pair.a.admin.must('POST', `/api/v1/agents/${other.id}/suspend`, { reason: 'x' })
    const { status, body } = await held
    assert.ok(performance.now() - began < 15_000)
    assert.deepEqual([status, body.reasons], [403, ['access_ended']])
    assert.ok((await pay(pair.b, 'was agreed')).status >= 400)
    assert.deepEqual([desk.acts('was held'), desk.acts('was agreed')], [0, 0])
  })
})
