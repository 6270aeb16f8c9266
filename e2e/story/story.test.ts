// The whole story from outside: a stranger sets a shop up, Dana's agent works for her, and is stopped.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { signIn } from '@mandate/example-orders/agent/sign-in.ts'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { Browser } from '../testing/browser.ts'
import { eachHouse } from '../testing/house.ts'
import { mcpClient, rawMcp } from '../testing/mcp.ts'
import { AGENT_FOLDER, type AgentEnvironment, mandate, runAgent } from '../testing/programs.ts'
import { BOOTSTRAP, temporaryFolder } from '../testing/server.ts'
import { API_KEY, exchange, MCP_PASSWORD, MCP_TOOLS, MCP_USER } from '../testing/shop.ts'

eachHouse('an agent works for a person', (house) => {
  let agent: AgentEnvironment
  let token = ''
  let client: Client

  before(async () => {
    // Dana signs in at the agent's own client, with the example's program and her browser.
    const { agent: known, dana } = house.shop
    const { url, tokens } = await signIn({
      issuer: house.issuer,
      clientId: known.id,
      clientSecret: known.secret,
      redirectPort: 0,
      scope: 'openid',
    })
    const { url: back } = await new Browser().follow(url.href, dana)
    assert.equal((await fetch(back)).status, 200)
    const { access_token: SUBJECT_TOKEN } = await tokens
    agent = { MANDATE_ISSUER: house.issuer, AGENT_ID: known.id, AGENT_SECRET: known.secret, SUBJECT_TOKEN }
    const exchanged = await exchange(house.issuer, known, SUBJECT_TOKEN, `${house.issuer}/mcp/orders`)
    token = exchanged.body.access_token
    client = await mcpClient(house.issuer, 'orders', () => token)
  })
  after(() => client.close())

  test('the administrator that the operator named signs in on the page', async () => {
    const browser = new Browser()
    const ada = {
      email: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_EMAIL,
      password: BOOTSTRAP.MANDATE_BOOTSTRAP_ADMIN_PASSWORD,
    }
    const { url, page } = await browser.follow(`${house.issuer}/sign-in`, ada)
    assert.equal(url, `${house.issuer}/`)
    assert.match(page, /ada@example\.com/)
    assert.match(page, /admin/)
  })

  test('the agent does what it may, over MCP and HTTP, with a credential it never sees', async () => {
    const [order = ''] = house.shop.dana.orders
    house.upstreams.seen.length = 0
    const outcomes = await runAgent(agent, [
      { tool: 'get_order', arguments: { order_id: order } },
      { http: `GET /orders/${order}` },
    ])
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, true],
    )
    assert.match(JSON.stringify(outcomes[0]), new RegExp(order))
    assert.ok(house.upstreams.seen.length >= 2)
    const basic = `Basic ${Buffer.from(`${MCP_USER}:${MCP_PASSWORD}`).toString('base64')}`
    for (const { path, headers } of house.upstreams.seen) {
      if (path.startsWith('/mcp')) assert.equal(headers.authorization, basic)
      else assert.deepEqual([headers['x-api-key'], headers.authorization], [API_KEY, undefined])
      const all = JSON.stringify(headers)
      for (const ours of [agent.SUBJECT_TOKEN, agent.AGENT_SECRET, token, 'eyJ']) assert.ok(!all.includes(ours))
    }
  })

  test('neither the environment nor the code of the agent holds a credential of the systems it reaches', () => {
    const sources = readdirSync(AGENT_FOLDER).filter((name) => !/\.test\.ts$|^stand-in\.ts$/.test(name))
    assert.ok(sources.includes('agent.ts'))
    const code = sources.map((name) => readFileSync(`${AGENT_FOLDER}${name}`, 'utf8')).join('\n')
    for (const secret of [API_KEY, MCP_PASSWORD, 'x-api-key', house.upstreams.api, house.upstreams.mcp])
      assert.ok(!`${code}${JSON.stringify(agent)}`.includes(secret), secret)
    assert.deepEqual(Object.keys(agent).sort(), ['AGENT_ID', 'AGENT_SECRET', 'MANDATE_ISSUER', 'SUBJECT_TOKEN'])
  })

  test('a tool that is never granted is neither listed nor callable', async () => {
    const { tools } = await client.listTools()
    const listed = tools.map(({ name }) => name).sort()
    assert.deepEqual(
      listed,
      Object.keys(MCP_TOOLS)
        .filter((name) => name !== 'close_account')
        .sort(),
    )
    const before = house.upstreams.book.changes().length
    const [refused] = await runAgent(agent, [
      { tool: 'close_account', arguments: { customer_id: house.shop.dana.customer } },
    ])
    assert.equal(refused?.ok, false)
    assert.match(JSON.stringify(refused?.refused), /never:close_account/)
    assert.equal(house.upstreams.book.changes().length, before)
  })

  test('records of other customers never come back, listed, searched or by id', async () => {
    const { dana, eve } = house.shop
    const [hers = ''] = eve.orders
    const outcomes = await runAgent(agent, [
      { tool: 'list_orders', arguments: { limit: 1000 } },
      { tool: 'search_orders', arguments: { query: `${dana.customer} ${eve.customer}` } },
      { tool: 'get_order', arguments: { order_id: hers } },
      { http: 'GET /orders?limit=1000' },
      { http: `GET /orders/search?q=${dana.customer}+${eve.customer}` },
      { http: `GET /orders/${hers}` },
      { http: `POST /orders/${hers}/refund`, body: { amount: 1, reason: 'not mine' } },
    ])
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, true, false, true, true, false, false],
    )
    for (const outcome of outcomes) {
      const { ok, result, refused } = outcome
      const said = JSON.stringify(ok ? result : refused)
      const named = new Set([...said.matchAll(/ord_\d{5}|cus_\d{4}/g)].map(([id]) => id))
      for (const id of named) assert.ok([...dana.orders, dana.customer].includes(id), `${id} in ${said.slice(0, 200)}`)
    }
    assert.match(JSON.stringify(outcomes[1]), new RegExp(dana.customer))
  })

  test('the log says who acted, for whom, in which task, and what was decided', async () => {
    const { admin, dana } = house.shop
    const page = await admin.must('GET', `/api/v1/audit/events?user=${dana.id}&agent=${agent.AGENT_ID}&limit=200`)
    const calls = page.items.filter(({ operation }: { operation: string }) => operation === 'gateway.call-tool')
    const ended = (action: string) =>
      calls.find(
        (event: { kind: string; questions: { action: string }[] }) =>
          event.kind === 'outcome' && event.questions[0]?.action === action,
      )
    for (const [action, outcome] of [
      ['get_order', 'done'],
      ['close_account', 'denied'],
    ] as const) {
      const event = ended(action)
      assert.equal(event?.outcome, outcome)
      assert.equal(event.principal.sub, dana.id)
      assert.deepEqual(event.principal.act, [agent.AGENT_ID])
      assert.ok(event.principal.txn)
      const attempt = calls.find(({ id }: { id: string }) => id === event.attempt)
      assert.equal(attempt.kind, 'attempt')
    }
    assert.deepEqual(ended('close_account').reasons, ['never:close_account'])
    const tasks = new Set(calls.map((event: { principal: { txn: string } }) => event.principal.txn))
    assert.equal(tasks.size, 1, 'one sign-in, one task')
  })

  test('the log verifies, with the command anyone can run', async () => {
    const folder = await temporaryFolder()
    const who = { issuer: house.issuer, token: house.shop.admin.token, folder: folder.path }
    const { code, out, err } = await mandate(['audit', 'verify'], who)
    await folder.remove()
    assert.equal(code, 0, err)
    assert.match(out, /exactly those that were signed/)
  })

  test('suspending the agent ends what it is doing and all it could do', async () => {
    const session = await rawMcp(house.issuer, 'orders', token)
    const stream = await session.listen()
    assert.equal(stream.status, 200)
    const ended = stream.text()
    const suspended = house.shop.admin.must('POST', `/api/v1/agents/${agent.AGENT_ID}/suspend`, { reason: 'enough' })
    await Promise.all([ended, suspended])
    const next = await session.callTool('get_order', { order_id: house.shop.dana.orders[0] })
    assert.equal(next.status, 401)
    const again = await exchange(house.issuer, house.shop.agent, agent.SUBJECT_TOKEN, `${house.issuer}/mcp/orders`)
    assert.deepEqual([again.status, again.body.error], [401, 'invalid_client'])
    const [refused] = await runAgent(agent, [{ tool: 'get_order', arguments: { order_id: house.shop.dana.orders[0] } }])
    assert.equal(refused?.ok, false)
  })
})
