// The stream of events, from outside: who is told, that nothing but ids is, and that it ends when it must.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { machineApi } from '../testing/api.ts'
import { Browser } from '../testing/browser.ts'
import { eachHouse } from '../testing/house.ts'
import { BOOTSTRAP } from '../testing/server.ts'
import { exchange, PASSWORD, signInAt } from '../testing/shop.ts'

const ADA = { email: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_EMAIL, password: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_PASSWORD }
const DANA = { email: 'dana@example.com', password: PASSWORD }

/** Reads a stream until its text has what is awaited, or it ends. */
function reader(answer: Response) {
  const stream = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    get text() {
      return text
    },
    async until(awaited: RegExp | undefined): Promise<'heard' | 'ended'> {
      while (!awaited?.test(text)) {
        const { done, value } = (await stream?.read()) ?? { done: true, value: '' }
        if (done) return 'ended'
        text += value
      }
      return 'heard'
    },
    leave: () => stream?.cancel(),
  }
}

eachHouse(
  'events',
  (house) => {
    const browsers = { ada: new Browser(), dana: new Browser() }
    const at = (path: string) => `${house.issuer}${path}`
    const listen = async (browser: Browser) => browser.request(at('/events'))

    before(async () => {
      await browsers.ada.follow(at('/sign-in'), ADA)
      await browsers.dana.follow(at('/sign-in'), DANA)
    })

    test('an administrator is told that something was done, a person without a role is not, and neither is told what', async () => {
      const leaving = new Browser()
      await leaving.follow(at('/sign-in'), DANA)
      const [ada, dana] = [reader(await listen(browsers.ada)), reader(await listen(leaving))]
      await house.shop.admin.must('PATCH', `/api/v1/agents/${house.shop.agent.id}`, { purpose: 'canary-purpose' })
      assert.equal(await ada.until(/event: activity\ndata: \{\}\n\n/), 'heard')
      assert.doesNotMatch(ada.text, /canary|agt_|usr_/)
      // Her stream is read to its end: whatever there was for her has come.
      await leaving.post(at('/sign-out'), {})
      assert.equal(await dana.until(undefined), 'ended')
      assert.match(dana.text, /^retry: 3000/)
      assert.doesNotMatch(dana.text, /activity|revocation|refusal/)
      await ada.leave()
    })

    test('what is denied to an agent is told as a refusal, by its id in the audit log', async () => {
      const ada = reader(await listen(browsers.ada))
      const { agent } = house.shop
      const { access_token } = await signInAt(house.issuer, { agent, person: DANA })
      const { body } = await exchange(house.issuer, agent, access_token, at('/mcp/orders-api'))
      const headers = { authorization: `Bearer ${body.access_token}` }
      assert.equal((await fetch(at('/proxy/orders-api/customers/cus_0001'), { headers })).status, 403)
      assert.equal(await ada.until(/event: refusal\ndata: \{"id":"evt_[0-9a-z]+"\}/), 'heard')
      assert.doesNotMatch(ada.text, /cus_0001|customers/)
      await ada.leave()
    })

    test('nobody listens without being known, or with what is meant for elsewhere', async () => {
      const none = await fetch(at('/events'))
      assert.equal(none.status, 401)
      assert.match(none.headers.get('content-type') ?? '', /problem\+json/)
      const { token: fga } = await machineApi(house.issuer, '/fga')
      const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
      assert.equal((await fetch(at('/api/v1/events'), bearer(fga))).status, 401)
      assert.equal((await fetch(at('/events'), bearer(house.shop.admin.token))).status, 401)
      // A session counts at the API too (ADR 0009); other sites' requests come without its cookie.
      const own = await browsers.ada.request(at('/api/v1/events'))
      assert.equal(own.status, 200)
      await own.body?.cancel()
      const machine = await fetch(at('/api/v1/events'), bearer(house.shop.admin.token))
      assert.equal(machine.status, 200)
      assert.equal(machine.headers.get('content-type'), 'text/event-stream; charset=utf-8')
      assert.equal(machine.headers.get('cache-control'), 'no-store')
      await machine.body?.cancel()
    })

    test('one person holds eight streams and no more; another is not kept out by it', async () => {
      const held: Response[] = []
      for (let n = 0; n < 8; n++) held.push(await listen(browsers.dana))
      assert.deepEqual(new Set(held.map(({ status }) => status)), new Set([200]))
      assert.equal((await listen(browsers.dana)).status, 429)
      const ada = await listen(browsers.ada)
      assert.equal(ada.status, 200)
      await Promise.all([...held, ada].map((answer) => answer.body?.cancel()))
    })

    test('a stream ends when its session does, however it ends', async () => {
      const eve = { email: 'eve@example.com', password: PASSWORD }
      const sessions = [new Browser(), new Browser()]
      const streams = []
      for (const browser of sessions) {
        await browser.follow(at('/sign-in'), eve)
        streams.push(reader(await listen(browser)))
      }
      await sessions[0]?.post(at('/sign-out'), {})
      assert.equal(await streams[0]?.until(undefined), 'ended')
      await house.shop.admin.must('POST', `/api/v1/users/${house.shop.eve.id}/deactivate`, {})
      assert.equal(await streams[1]?.until(undefined), 'ended')
      assert.equal((await listen(sessions[1] as Browser)).status, 401)
    })

    test('open streams do not hold up the end of the server', async () => {
      const ada = reader(await listen(browsers.ada))
      const started = performance.now()
      const stopped = house.restart()
      assert.equal(await ada.until(undefined), 'ended')
      assert.ok(performance.now() - started < 5_000)
      await stopped
    })
  },
  { records: false },
)
