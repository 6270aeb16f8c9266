// What is asked about may hold anything: it is on the page of those who answer, and nowhere else. Mail says that, not what.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { answer, approvalIn, callHttp, signedIn } from '../testing/approving.ts'
import { eventually } from '../testing/eventually.ts'
import { eachHouse } from '../testing/house.ts'
import { endpoint, PASSWORD } from '../testing/shop.ts'
import { storedIn } from '../testing/stored.ts'
import { type Desk, openDesk } from './testing/desk.ts'
import { startPost } from './testing/post.ts'

const CANARIES = {
  argument: 'canary-argument-51cc0a',
  name: 'canary_name_77ab31',
  path: 'canary-path-09d3f2',
  query: 'canary-query-c41e88',
  header: 'canary-header-6b0f5d',
  words: 'canary-words-8e21c7',
  detail: 'canary-detail-d90a44',
} as const
// The log calls what nobody declared by its literal path; people's mail does not.
const UNDECLARED = 'canary-undeclared-2f6a91'

const post = await startPost({ refuses: 'bad@example.com' })
after(() => post.close())

eachHouse(
  'what is asked about',
  (house) => {
    let desk: Desk
    const about = (id: string) => post.letters.filter(({ body }) => body.includes(`/approvals/${id}`))
    const letters = (id: string, count: number) =>
      eventually(async () => (about(id).length >= count ? about(id) : undefined), 15_000)

    before(async () => {
      desk = await openDesk(house)
    })
    after(() => desk?.close())

    test('is told to everybody who may answer, once, with a link and without what it is', async () => {
      const { admin } = house.shop
      const { id: group } = await admin.must('POST', '/api/v1/groups', { name: 'payers' })
      const members = ['bad', 'gus', 'hal', 'ivy'].map((name) => `${name}@example.com`)
      for (const email of members) {
        const { id } = await admin.must('POST', '/api/v1/users', { email, name: email, password: PASSWORD })
        await admin.must('PUT', `/api/v1/groups/${group}/members/${id}`)
        // Who has left is not told.
        if (email.startsWith('ivy')) await admin.must('POST', `/api/v1/users/${id}/deactivate`)
      }
      await desk.grant({ approval: { approvers: ['user', { group }] } })
      const asked = await callHttp(house.issuer, {
        ...{ token: desk.token, path: `bank/pay?q=${CANARIES.query}` },
        body: { amount: 3, to: CANARIES.argument, [CANARIES.name]: 1 },
        headers: { 'idempotency-key': CANARIES.header },
      })
      const id = approvalIn(asked.text)
      // That one address is refused is nothing to the others.
      const sent = await letters(id, 3)
      assert.deepEqual(sent.flatMap(({ to }) => to).sort(), ['dana@example.com', 'gus@example.com', 'hal@example.com'])
      for (const { body } of sent) {
        assert.ok(body.includes(`${house.issuer}/approvals/${id}`), body)
        assert.match(body, /POST \/pay/)
        for (const canary of Object.values(CANARIES)) assert.ok(!body.includes(canary), body)
      }
      await eventually(async () => (await desk.look(id)).notified_at ?? undefined)
      const gus = await signedIn(house.issuer, { email: 'gus@example.com', password: PASSWORD })
      await answer(gus, { issuer: house.issuer, id, say: 'approve' })
      await desk.grant({})
    })

    test('is not worded by the agent in a mail, be it a path, a tool’s name or a type', async () => {
      const call = await callHttp(house.issuer, {
        ...{ token: desk.token, path: `bank/please/visit/evil.example/${UNDECLARED}` },
        body: { note: CANARIES.argument },
      })
      const [letter] = await letters(approvalIn(call.text), 1)
      assert.match(letter?.body ?? '', /POST of a path that nobody declared/)
      const asked = await endpoint(house.issuer, '/bc-authorize', house.shop.agent, {
        ...{ login_hint: house.shop.dana.id, scope: 'openid', binding_message: CANARIES.words },
        authorization_details: JSON.stringify([{ type: 'https://evil.example/login', a: CANARIES.detail }]),
      })
      assert.equal(asked.status, 200)
      const [other] = await letters(await desk.waiting(CANARIES.detail), 1)
      for (const { body } of [letter, other].flatMap((one) => one ?? [])) {
        assert.doesNotMatch(body, /evil/)
        for (const canary of [UNDECLARED, ...Object.values(CANARIES)]) assert.ok(!body.includes(canary), body)
      }
    })

    test('is asked all the same where the mail server is down', async () => {
      await house.restart({ MANDATE_SMTP_URL: 'smtp://127.0.0.1:1' })
      await desk.renew()
      const began = performance.now()
      const held = desk.pay({ amount: 4, note: 'no post' }, { wait: 30 })
      const id = await desk.waiting('no post')
      assert.equal((await desk.say(id, 'approve')).status, 200)
      assert.equal((await held).status, 200)
      assert.ok(performance.now() - began < 25_000)
      assert.equal(desk.acts('no post'), 1)
      await house.restart({ MANDATE_SMTP_URL: post.url })
    })

    // Last: it stops the house.
    test('is in no log, trail, change or table in the clear, once it was asked, shown, answered and done', async () => {
      await desk.renew()
      const { admin } = house.shop
      const call = () =>
        callHttp(house.issuer, {
          ...{ token: desk.token, method: 'DELETE', path: `bank/things/${CANARIES.path}?q=${CANARIES.query}` },
          ...{ body: { to: CANARIES.argument, [CANARIES.name]: 1 }, headers: { 'idempotency-key': CANARIES.header } },
        })
      const id = approvalIn((await call()).text)
      const shown = JSON.stringify((await desk.look(id)).verified)
      for (const canary of [CANARIES.argument, CANARIES.name, CANARIES.path, CANARIES.query, CANARIES.header])
        assert.ok(shown.includes(canary), `those who answer must see ${canary}`)
      await desk.say(id, 'approve')
      assert.equal((await call()).status, 200)
      assert.equal(desk.acts(CANARIES.argument), 1)
      await call()
      const events = await admin.must('GET', `/api/v1/audit/events?approval=${id}&limit=50`)
      assert.ok(events.items.length >= 3)
      const exported = await eventually(async () => {
        const { body } = await admin.call('GET', '/api/v1/audit/export?limit=5000')
        return body.includes('approvals.approve') ? String(body) : undefined
      })
      const metrics = await (await fetch(`${house.issuer}/metrics`)).text()
      await house.server.stop()
      const stored = await storedIn(house)
      const tables = new Set(stored.map(({ where }) => where))
      for (const column of ['approvals.sealed', 'approval_answers.answer', 'changes.body', 'audit_events.entry'])
        assert.ok(
          [...tables].some((name) => name.endsWith(column)),
          `${column} was not looked at: ${[...tables]}`,
        )
      const places = [
        ...stored,
        { where: 'output', bytes: Buffer.from(house.output()) },
        { where: 'events', bytes: Buffer.from(JSON.stringify(events)) },
        { where: 'export', bytes: Buffer.from(exported) },
        { where: 'metrics', bytes: Buffer.from(metrics) },
      ]
      for (const { where, bytes } of places)
        for (const [name, canary] of Object.entries(CANARIES))
          for (const spelling of [canary, Buffer.from(canary).toString('base64').replace(/=+$/, '')])
            assert.ok(!bytes.includes(spelling), `${name} in ${where}`)
    })
  },
  { settings: { MANDATE_SMTP_URL: post.url }, records: false },
)
