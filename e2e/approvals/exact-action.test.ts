// A yes opens exactly what was shown, once: the same call again, and calls that differ by one byte, are other actions.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type Asked, approvalIn, callHttp } from '../testing/approving.ts'
import { eachHouse } from '../testing/house.ts'
import { rawMcp } from '../testing/mcp.ts'
import { exchange, registerAgent, signInAt } from '../testing/shop.ts'
import { type Desk, openDesk } from './testing/desk.ts'

eachHouse(
  'a yes to one action',
  (house) => {
    let desk: Desk
    before(async () => {
      desk = await openDesk(house)
    })
    after(() => desk?.close())
    // There is a limit on how much one agent asks for.
    beforeEach(() => desk.anotherAgent())

    const send = (body: unknown, { path = 'send', method = 'POST', headers = {}, token = desk.token } = {}) =>
      callHttp(house.issuer, { token, path: `bank/${path}`, method, body, headers })

    /** Approves `call`, makes all of `others`, sees none of them through, and then the approved one once. */
    async function opensOnly(call: () => Promise<Asked>, others: readonly (() => Promise<Asked>)[]): Promise<void> {
      const first = await call()
      assert.equal(first.body.code, 'approval_required', first.text)
      const id = approvalIn(first.text)
      assert.equal((await desk.say(id, 'approve')).status, 200)
      const before = desk.upstream.ledger.length
      for (const other of others) {
        const seen = await other()
        assert.ok(seen.status >= 400 && seen.status !== 429, `${other}: ${seen.text}`)
        assert.ok(!seen.text.includes(id), `${other} is taken for the approved action`)
        for (const asked of seen.text.match(/apr_[0-9a-z]+/) ?? []) await desk.say(asked, 'deny')
      }
      assert.equal(desk.upstream.ledger.length, before)
      assert.equal((await call()).status, 200)
      assert.equal(desk.upstream.ledger.length, before + 1)
      const again = await call()
      assert.equal(again.body.code, 'approval_required')
      assert.notEqual(again.body.approval.id, id)
      await desk.say(again.body.approval.id, 'deny')
    }

    test('does not open the same with one byte altered, wherever it is', async () => {
      const body = { to: 'Zoë', note: 'rent', lines: [1, 2] }
      await opensOnly(
        () => send(body),
        [
          () => send({ ...body, note: 'renT' }),
          () => send({ ...body, note: 'rent ' }),
          () => send({ ...body, lines: [2, 1] }),
          () => send({ ...body, lines: [1, 2, 3] }),
          () => send({ ...body, lines: ['1', 2] }),
          () => send({ ...body, Note: 'x' }),
          () => send({ ...body, extra: null }),
          // The same to the eye, another text to the system behind it.
          () => send({ ...body, to: 'Zoë'.normalize('NFD') }),
          () => send({ ...body, to: 'Zoе' }),
          () => send({ ...body, note: 're\u200bnt' }),
        ],
      )
    })

    test('does not open another path, method, query or header that counts', async () => {
      const body = { note: 'target' }
      await opensOnly(
        () => send(body, { path: 'send?a=1&b=2' }),
        [
          () => send(body, { path: 'send?b=2&a=1' }),
          () => send(body, { path: 'send?a=1&b=2&a=1' }),
          () => send(body, { path: 'send?a=1&b=%32' }),
          () => send(body, { path: 'send' }),
          () => send(body, { path: 'send?' }),
          () => send(body, { path: 'pay?a=1&b=2' }),
          () => send(body, { path: 'send/?a=1&b=2' }),
          () => send(body, { path: 'send?a=1&b=2', method: 'PUT' }),
          () => send(body, { path: 'send?a=1&b=2', headers: { 'idempotency-key': 'k' } }),
          () => send(body, { path: 'send?a=1&b=2', headers: { 'if-match': '"x"' } }),
          () => send(body, { path: 'send?a=1&b=2', headers: { 'content-type': 'application/merge-patch+json' } }),
        ],
      )
    })

    test('is the same action in another spelling of the same JSON, and one spelling is sent', async () => {
      const id = approvalIn((await send('{"n":100,"m":{"x":1,"y":"é"},"z":0}')).text)
      for (const spelling of [
        '{"m":{"y":"é","x":1},"n":100,"z":0}',
        ' { "n" : 100 , "m" : { "x" : 1 , "y" : "\\u00e9" } , "z" : 0 } ',
        '{"n":1e2,"m":{"x":1.0,"y":"\\u00E9"},"z":-0}',
        '{"n":100.0,"m":{"x":10e-1,"y":"é"},"z":0e5}',
      ])
        assert.equal(approvalIn((await send(spelling)).text), id, spelling)
      await desk.say(id, 'approve')
      assert.equal((await send('{"z":-0,"n":1E+2,"m":{"y":"\\u00e9","x":1}}')).status, 200)
      assert.equal(desk.upstream.ledger.at(-1)?.body, '{"m":{"x":1,"y":"é"},"n":100,"z":0}')
      const shown = await desk.look(id)
      assert.deepEqual(shown.verified.arguments.body, { m: { x: 1, y: 'é' }, n: 100, z: 0 })
    })

    test('brings no header along that was not shown', async () => {
      const body = { note: 'headers' }
      const headers = { 'accept-language': 'xx', prefer: 'respond-async', 'x-amount': '9', cookie: 'a=b' }
      const id = approvalIn((await send(body)).text)
      await desk.say(id, 'approve')
      assert.equal((await send(body, { headers })).status, 200)
      const seen = desk.upstream.ledger.at(-1)?.headers ?? {}
      for (const name of Object.keys(headers)) assert.equal(seen[name], undefined, name)
    })

    test('does not open the same for another person, or for another agent', async () => {
      const { admin, eve, owner, dana } = house.shop
      const other = await registerAgent(admin, owner, { name: 'Other bot' })
      await desk.grant({}, other.id)
      const ofEve = await desk.tokenFor({ person: eve })
      const ofOther = await desk.tokenFor({ person: dana, agent: other })
      const body = { note: 'whose' }
      await opensOnly(() => send(body), [() => send(body, { token: ofEve }), () => send(body, { token: ofOther })])
    })

    test('what reads in two ways, or that nobody could read, is not even asked', async () => {
      const asked = async () => (await house.shop.admin.must('GET', '/api/v1/approvals?limit=1')).items[0]?.id
      const newest = await asked()
      for (const [body, status] of [
        ['{"n":1,"n":2}', 400],
        ['{"n":1,"\\u006e":2}', 400],
        ['{"n":9007199254740993}', 400],
        ['{"n":-9007199254740993}', 400],
        ['{"n":9007199254740993.0}', 400],
        ['{"n":90071992547409930e-1}', 400],
        ['{"n":1e400}', 400],
        ['{"n":"\\ud800"}', 400],
        ['{"\\udc00":1}', 400],
        ['{"n":NaN}', 400],
        ['{"n":1', 400],
        [`{"n":"${'x'.repeat(1_048_576)}"}`, 413],
      ] as const) {
        const seen = await send(body)
        assert.equal(seen.status, status, `${body.slice(0, 40)} ${seen.text.slice(0, 200)}`)
        assert.ok(!seen.text.includes('apr_'))
      }
      const utf7 = await send('{"n":"+ADE-"}', { headers: { 'content-type': 'application/json; charset=utf-7' } })
      assert.equal(utf7.status, 415, utf7.text)
      assert.equal(await asked(), newest)
      assert.equal(desk.acts('"n":"+ADE'), 0)
    })

    test('over MCP carries nothing beside the name and the arguments, and does not open another tool', async () => {
      const { admin, agent, connections, dana } = house.shop
      await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${connections.mcp}`, {
        ...{ scopes: { get_order: 'approval', list_orders: 'approval' }, approval: { approvers: 'user' } },
      })
      const { access_token: subject } = await signInAt(house.issuer, { agent, person: dana })
      const { body } = await exchange(house.issuer, agent, subject, `${house.issuer}/mcp/orders`)
      const session = await rawMcp(house.issuer, 'orders', body.access_token)
      const [order] = dana.orders
      const call = (params: object) =>
        fetch(`${house.issuer}/mcp/orders`, {
          method: 'POST',
          headers: {
            ...{ authorization: `Bearer ${body.access_token}`, 'content-type': 'application/json', prefer: 'wait=0' },
            ...{ accept: 'application/json, text/event-stream', 'mcp-session-id': session.session },
          },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params, extra: 'beside' }),
        }).then((answer) => answer.text())
      const exact = { name: 'get_order', arguments: { order_id: order } }
      const id = approvalIn(await call(exact))
      await desk.say(id, 'approve')
      for (const other of [
        { name: 'list_orders', arguments: { order_id: order } },
        { name: 'get_order', arguments: { order_id: order, more: 1 } },
        { name: 'get_order', arguments: {} },
      ]) {
        const said = await call(other)
        assert.ok(!said.includes(id) && !said.includes('"result"'), said)
      }
      const mcp = house.upstreams.seen.length
      const done = await call({ ...exact, _meta: { secretly: 'more' }, beside: true })
      assert.match(done, new RegExp(`${order}`))
      assert.ok(house.upstreams.seen.length > mcp)
      assert.match(await call(exact), /approval_required/)
    })
  },
  { records: true },
)
