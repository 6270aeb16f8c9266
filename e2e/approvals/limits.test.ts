// Small amounts are not asked about, but only what is plainly small; and people are not worn down by asking.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { approvalIn } from '../testing/approving.ts'
import { eachHouse } from '../testing/house.ts'
import { endpoint, registerAgent } from '../testing/shop.ts'
import { type Desk, openDesk } from './testing/desk.ts'

const PAYMENTS = 'https://payments.example/'

eachHouse(
  'asking',
  (house) => {
    let desk: Desk
    let agent: { id: string; secret: string }
    before(async () => {
      desk = await openDesk(house)
      const { id } = await house.shop.admin.must('POST', '/api/v1/resources', {
        ...{ identifier: PAYMENTS, name: 'Payments', scopes: [{ name: 'pay' }, { name: 'read' }] },
      })
      resource = id
    })
    after(() => desk?.close())
    beforeEach(async () => {
      agent = await desk.anotherAgent()
    })
    let resource = ''

    test('is left out only for a whole number that is there once and small enough', async () => {
      await desk.grant(
        { approval: { approvers: 'user', above: { amount: 100 } }, reason: 'Small sums are worth nobody’s time.' },
        agent.id,
      )
      for (const amount of ['0', '1', '100', '1e2', '100.0', '-0']) {
        const before = desk.upstream.ledger.length
        const seen = await desk.pay(`{"amount":${amount}}`)
        assert.equal(seen.status, 200, `${amount}: ${seen.text}`)
        assert.equal(desk.upstream.ledger.length, before + 1)
      }
      const reached = desk.upstream.ledger.length
      const asked = ['{}', '{"amount":101}', '{"amount":-1}', '{"amount":-100}', '{"amount":0.5}', '{"amount":99.999}']
      const odd = ['"1"', '"100"', '[1]', '[]', '{}', '{"value":1}', 'null', 'true', '"NaN"', '""']
      for (const body of [...asked.slice(0, 3), ...odd.slice(0, 6).map((value) => `{"amount":${value}}`)]) {
        const seen = await desk.pay(body)
        assert.equal(seen.body.code, 'approval_required', `${body}: ${seen.text}`)
      }
      agent = await desk.anotherAgent()
      await desk.grant(
        { approval: { approvers: 'user', above: { amount: 100 } }, reason: 'Small sums are worth nobody’s time.' },
        agent.id,
      )
      const rest = [
        ...asked.slice(3),
        ...odd.slice(6).map((value) => `{"amount":${value}}`),
        '{"payment":{"amount":1}}',
      ]
      for (const body of rest) {
        const seen = await desk.pay(body)
        assert.equal(seen.body.code, 'approval_required', `${body}: ${seen.text}`)
      }
      for (const body of [
        '{"amount":1,"Amount":100000}',
        '{"AMOUNT":100000,"amount":1}',
        '{"amount":1,"amount":100000}',
        '{"amount":1,"\\u0061mount":100000}',
        '{"amount":1e400}',
        '{"amount":-1e400}',
        '{"amount":9007199254740993}',
        '{"amount":NaN}',
        '{"amount":Infinity}',
        '{"amount":0x10}',
        '[{"amount":1}]',
        '1',
      ]) {
        const seen = await desk.pay(body)
        assert.ok(seen.status >= 400, `${body}: ${seen.text}`)
      }
      // In another place, or another spelling alone, it is not the declared value.
      for (const [body, headers] of [
        ['amount=1', { 'content-type': 'application/x-www-form-urlencoded' }],
        ['{"amount":1}', { 'content-type': 'text/plain' }],
        ['{"amount":1}', { 'content-type': 'application/json; charset=utf-16' }],
      ] as const)
        assert.ok((await desk.pay(body, { headers })).status >= 400, body)
      assert.equal(desk.upstream.ledger.length, reached, 'something that was not plainly small went through')
    })

    test('ten times without an answer is enough, and an eleventh question is not put', async () => {
      const ids = new Set<string>()
      for (let n = 0; n < 10; n++) ids.add(await desk.asks({ amount: n }))
      assert.equal(ids.size, 10)
      const more = await desk.pay({ amount: 10 })
      assert.deepEqual([more.status, more.headers.get('retry-after')], [429, '60'], more.text)
      const [first = ''] = ids
      assert.equal(
        approvalIn((await desk.pay({ amount: 0 })).text),
        first,
        'what is asked already may be asked for again',
      )
      await desk.say(first, 'deny')
      assert.equal((await desk.pay({ amount: 11 })).body.code, 'approval_required', 'an answer makes room')
      const all = await Promise.all(Array.from({ length: 20 }, (_, n) => desk.pay({ amount: 100 + n })))
      assert.ok(
        all.every(({ status }) => status === 429),
        'nor by asking at once',
      )
    })

    test('with as much as there may be leaves every page open, and a third such question is not put', async () => {
      const much = (name: string) => ({ amount: 1, note: `${name} ${'x'.repeat(1_040_000)}` })
      const [first, second] = [await desk.asks(much('first')), await desk.asks(much('second'))]
      const third = await desk.pay(much('third'))
      assert.deepEqual([third.status, third.headers.get('retry-after')], [429, '60'], third.text)
      const page = async (path: string) => {
        const answer = await desk.browser.request(`${house.issuer}${path}`)
        const text = await answer.text()
        assert.equal(answer.status, 200, `${path}: ${text.slice(0, 2000)}`)
        return text
      }
      const listed = await page('/api/v1/approvals?status=pending&limit=200')
      assert.ok([first, second].every((id) => listed.includes(id)))
      assert.doesNotMatch(listed, /xxxx/, 'a list holds nothing of what is asked')
      for (const path of ['/', '/approvals']) {
        const text = await page(path)
        assert.match(text, /<b class="count">\d/)
        assert.doesNotMatch(text, /xxxx/)
      }
      assert.ok((await page(`/approvals/${first}`)).includes(much('first').note), 'and its own page holds all of it')
      assert.equal((await desk.say(first, 'deny')).status, 200)
      assert.equal((await desk.pay(much('third'))).body.code, 'approval_required', 'an answer makes room')
    })

    test('is counted for whom it waits, and not for who has answered', async () => {
      const waiting = async () => {
        const answer = await desk.browser.request(`${house.issuer}/api/v1/approvals/waiting`)
        return ((await answer.json()) as { waiting: number }).waiting
      }
      const before = await waiting()
      const ids = [await desk.asks({ amount: 1 }), await desk.asks({ amount: 2 })]
      assert.equal(await waiting(), before + 2)
      for (const id of ids) await desk.say(id, 'deny')
      assert.equal(await waiting(), before)
    })

    test('is not begun anew by spelling the same question otherwise after a no', async () => {
      const id = await desk.asks('{"amount":5,"to":"x"}')
      await desk.say(id, 'deny')
      for (const spelling of ['{"amount":5,"to":"x"}', '{"to":"x","amount":5.0}', ' {"to":"\\u0078","amount":0.5e1}']) {
        const seen = await desk.pay(spelling)
        assert.deepEqual([seen.status, seen.body.reasons], [403, ['approval_denied']], spelling)
      }
      const grant = { scopes: { pay: 'approval', read: 'approval' } }
      await house.shop.admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${resource}`, grant)
      const ask = (form: Record<string, string>) =>
        endpoint(house.issuer, '/bc-authorize', agent, {
          ...{ login_hint: house.shop.dana.id, scope: 'openid pay read', resource: PAYMENTS, ...form },
        })
      const details = (text: string) => ({ authorization_details: text })
      assert.equal((await ask(details('[{"type":"t","a":1,"b":2}]'))).status, 200)
      await desk.say(await desk.waiting('"type":"t"'), 'deny')
      for (const form of [
        details('[{"b":2.0,"type":"t","a":1}]'),
        { ...details('[{"type":"t","a":1,"b":2}]'), scope: 'openid read pay' },
        { ...details('[{"type":"t","a":1,"b":2}]'), scope: 'pay openid read pay' },
        { ...details('[{"type":"t","a":1,"b":2}]'), binding_message: 'Please, it is urgent' },
      ])
        assert.equal((await ask(form)).body.error, 'access_denied', JSON.stringify(form))
    })

    test('does not tell an agent who exists, however wrong the rest of the question is', async () => {
      const { admin, dana, owner } = house.shop
      const stranger = await registerAgent(admin, owner, { name: 'Stranger', assigned: { users: [owner] } })
      const hints = [dana.id, dana.email, JSON.stringify({ format: 'iss_sub', iss: house.issuer, sub: dana.id })]
      const nobody = ['usr_01k0000000000000000000000', 'nobody@example.com', 'x']
      const wrong: Record<string, string>[] = [
        {},
        { binding_message: 'x'.repeat(200) },
        { requested_expiry: '-1' },
        { resource: 'https://nowhere.example/' },
        { scope: 'openid nothing' },
        { authorization_details: '[{"type":"a","type":"b"}]' },
      ]
      for (const more of wrong) {
        const said = await Promise.all(
          [...hints, ...nobody].map(async (login_hint) => {
            const form = { login_hint, scope: 'openid', ...more }
            const { status, body } = await endpoint(house.issuer, '/bc-authorize', stranger, form)
            return `${status} ${body.error} ${body.error_description}`
          }),
        )
        assert.equal(new Set(said).size, 1, `${JSON.stringify(more)}: ${said.join('; ')}`)
        assert.match(said[0] ?? '', /^4\d\d /)
      }
    })

    test('has no words in it that could be read as another’s', async () => {
      for (const type of ['see\nhttps://evil.example', 'pay\u202e', ' ', 'x'.repeat(101), 'é'])
        assert.equal(
          (
            await endpoint(house.issuer, '/bc-authorize', agent, {
              ...{ login_hint: house.shop.dana.id, scope: 'openid' },
              authorization_details: JSON.stringify([{ type }]),
            })
          ).body.error,
          'invalid_authorization_details',
          JSON.stringify(type),
        )
      for (const requested_expiry of ['-1', '0', 'x', '1.5'])
        assert.equal(
          (
            await endpoint(house.issuer, '/bc-authorize', agent, {
              ...{ login_hint: house.shop.dana.id, scope: 'openid', requested_expiry },
            })
          ).body.error,
          'invalid_request',
          requested_expiry,
        )
    })
  },
  { records: false },
)
