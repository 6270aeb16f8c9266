// Programs of others, unmodified: OpenFGA's SDK, an MCP server over stdio with MCP's own client, OpenAPI readers.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { CredentialsMethod, OpenFgaClient } from '@openfga/sdk'
import { eachHouse } from '../testing/house.ts'
import { mcpClient } from '../testing/mcp.ts'
import { exchange, registerAgent, type Shop, signInAt } from '../testing/shop.ts'

const ROOT = new URL('../../', import.meta.url)
const at = (path: string): string => fileURLToPath(new URL(path, ROOT))
const EVERYTHING = { command: at('node_modules/.bin/mcp-server-everything'), args: ['stdio'] }

eachHouse(
  'programs of others',
  (house) => {
    let agent: Shop['agent']
    let client: Client

    before(async () => {
      const { admin, owner, dana } = house.shop
      agent = await registerAgent(admin, owner, { name: 'Everything' })
      const connection = { name: 'everything', kind: 'mcp', upstream: 'stdio:everything' }
      const { id } = await admin.must('POST', '/api/v1/connections', connection)
      const terms = { default: 'auto', scopes: { 'get-env': 'never' }, reason: 'A server made for trying things out.' }
      await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${id}`, terms)
      const { access_token } = await signInAt(house.issuer, { agent, person: dana })
      const { body } = await exchange(house.issuer, agent, access_token, `${house.issuer}/mcp/everything`)
      client = await mcpClient(house.issuer, 'everything', () => body.access_token)
    })
    after(() => client.close())

    test('server-everything behind the gateway answers MCP’s own client', async () => {
      const { tools } = await client.listTools()
      assert.ok(tools.some(({ name }) => name === 'echo'))
      const echoed = await client.callTool({ name: 'echo', arguments: { message: 'through the gateway' } })
      assert.match(JSON.stringify(echoed.content), /through the gateway/)
      const { resources } = await client.listResources()
      assert.ok(resources.length > 0)
      const { prompts } = await client.listPrompts()
      assert.ok(prompts.length > 0)
    })

    test('progress comes while a call is under way', async () => {
      const steps: number[] = []
      const call = { name: 'trigger-long-running-operation', arguments: { duration: 0.4, steps: 2 } }
      await client.callTool(call, undefined, { onprogress: ({ progress }) => void steps.push(progress) })
      assert.deepEqual(steps, [1, 2])
    })

    test('its program does not see the environment of the server, and what is never granted stays shut', async () => {
      await assert.rejects(client.callTool({ name: 'get-env', arguments: {} }), /never:get-env|not allow/)
      const { admin, connections } = house.shop
      const terms = { default: 'auto', reason: 'Looking at what it is given.' }
      const path = `/api/v1/agents/${agent.id}/managed-connections/everything`
      await admin.must('PUT', path, terms)
      const given = JSON.stringify((await client.callTool({ name: 'get-env', arguments: {} })).content)
      assert.match(given, /PATH/)
      for (const [name, value] of Object.entries(house.server.env))
        if (/SECRET|PASSWORD|KEY|DATABASE_URL/.test(name)) assert.ok(!given.includes(value), name)
      assert.ok(connections.mcp)
    })

    test('OpenFGA’s SDK works against /fga', async () => {
      const fga = new OpenFgaClient({
        apiUrl: `${house.issuer}/fga`,
        storeId: house.shop.store,
        credentials: { method: CredentialsMethod.ApiToken, config: { token: house.shop.fga.token } },
      })
      const { dana, eve } = house.shop
      const sees = async (person: { id: string }, order: string | undefined) =>
        (await fga.check({ user: `user:${person.id}`, relation: 'viewer', object: `order:${order}` })).allowed
      assert.equal(await sees(dana, dana.orders[0]), true)
      assert.equal(await sees(dana, eve.orders[0]), false)
      const listed = await fga.listObjects({ user: `user:${dana.id}`, relation: 'viewer', type: 'order' })
      assert.deepEqual(listed.objects.sort(), dana.orders.map((order) => `order:${order}`).sort())
      const holder = { user: `user:${eve.id}`, relation: 'holder', object: `customer:${dana.customer}` }
      await fga.write({ writes: [holder] })
      assert.equal(await sees(eve, dana.orders[0]), true)
      await fga.write({ deletes: [holder] })
      assert.equal(await sees(eve, dana.orders[0]), false)
      assert.equal((await fga.listStores()).stores?.length, 1)
    })

    test('the description that is served is the one that is published', async () => {
      const file = at('contract/openapi.json')
      const served = await (await fetch(`${house.issuer}/api/v1/openapi.json`)).json()
      assert.ok(existsSync(file))
      assert.deepEqual(served, JSON.parse(readFileSync(file, 'utf8')))
    })
  },
  { settings: { MANDATE_STDIO_SERVERS: JSON.stringify({ everything: EVERYTHING }) } },
)
