// Connections cannot be made to lead inside: by address, by spelling, by name, by redirect, by a program's name.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { hostname } from 'node:os'
import { after, before, test } from 'node:test'
import { createOrdersBook } from '@mandate/example-orders/data.ts'
import { createOrdersApi } from '@mandate/example-orders/http-api.ts'
import { type Listening, listen } from '@mandate/example-orders/listening.ts'
import { type Api, clientCredentials, machineApi } from '../testing/api.ts'
import { eachHouse } from '../testing/house.ts'
import { API_KEY, registerAgent } from '../testing/shop.ts'

/** Something inside that nobody named: whatever reaches it is a hit. */
let hits = 0
const trap = await listen(
  createServer((_, response) => {
    hits += 1
    response.end('{"secret":"metadata"}')
  }),
  0,
)
const trapPort = new URL(trap.url).port
const book = createOrdersBook()
const upstream: Listening = await listen(createOrdersApi({ book, apiKey: API_KEY, awayTo: `${trap.url}/meta` }), 0)
after(async () => {
  await Promise.all([trap.close(), upstream.close()])
  book.close()
})

const INSIDE = [
  'http://169.254.169.254/latest/meta-data/',
  'https://169.254.169.254/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.0.1/',
  'https://100.64.0.1/',
  'https://0.0.0.0/',
  'https://127.0.0.1/',
  `http://127.0.0.1:${trapPort}/`,
  `https://127.0.0.1:${trapPort}/`,
  `https://127.1:${trapPort}/`,
  `https://2130706433:${trapPort}/`,
  `https://0177.0.0.1:${trapPort}/`,
  `https://0x7f000001:${trapPort}/`,
  `https://0x7f.0.0.1:${trapPort}/`,
  'https://2852039166/',
  'https://[::1]/',
  `https://[::1]:${trapPort}/`,
  `https://[::ffff:127.0.0.1]:${trapPort}/`,
  'https://[::ffff:a9fe:a9fe]/',
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://[fe80::1]/',
  'https://[fd00:ec2::254]/',
  'https://168.63.129.16/',
  `https://localhost:${trapPort}/`,
  `https://LOCALHOST:${trapPort}/`,
  `https://localhost.:${trapPort}/`,
  `https://a.localhost:${trapPort}/`,
  `https://ip6-localhost:${trapPort}/`,
  `https://${hostname()}:${trapPort}/`,
  'https://metadata.google.internal/',
  'https://metadata/',
  `http://allowed@127.0.0.1:${trapPort}/`,
  `http://127.0.0.1:${new URL(upstream.url).port}@127.0.0.1:${trapPort}/`,
  `http://127.0.0.1:${trapPort}#@127.0.0.1:${new URL(upstream.url).port}/`,
  `http://127.0.0.1:${new URL(upstream.url).port}\\@127.0.0.1:${trapPort}/`,
  `http://127。0。0。1:${trapPort}/`,
  `http://①②⑦.0.0.1:${trapPort}/`,
  'http://example.com/',
  'file:///etc/passwd',
  'gopher://127.0.0.1/',
  'data:application/json,{}',
  'stdio:unknown',
  'stdio:../../bin/sh',
  'stdio:__proto__',
  'stdio:',
  '//127.0.0.1/',
  'orders',
]

eachHouse(
  'a connection',
  (house) => {
    let admin: Api
    let connection = ''
    let token = ''

    before(async () => {
      admin = await machineApi(house.issuer)
      const api = { name: 'outside', kind: 'api_key', upstream: upstream.url }
      const credential = { type: 'api_key', header: 'x-api-key', value: API_KEY }
      connection = (await admin.must('POST', '/api/v1/connections', { ...api, credential })).id
      const { id: owner } = await admin.must('POST', '/api/v1/users', { email: 'olu@example.com' })
      const agent = await registerAgent(admin, owner, { name: 'Curious' })
      const terms = { default: 'auto', reason: 'Everything, to see where it leads.' }
      await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/outside`, terms)
      const own = await clientCredentials(house.issuer, { ...agent, resource: `${house.issuer}/mcp/outside` })
      token = own.body.access_token
    })

    test('is not made to lead inside, nor changed to, and says which field is wrong', async () => {
      hits = 0
      for (const [at, url] of INSIDE.entries())
        for (const kind of ['mcp', 'http']) {
          const made = await admin.call('POST', '/api/v1/connections', { name: `inside-${at}`, kind, upstream: url })
          assert.equal(made.status, 400, `${kind} ${url}: ${JSON.stringify(made.body)}`)
          assert.equal(made.body.errors?.[0]?.field, 'upstream', url)
        }
      for (const url of INSIDE) {
        const change = { upstream: url, credential: { type: 'api_key', header: 'x-api-key', value: API_KEY } }
        const changed = await admin.call('PATCH', `/api/v1/connections/${connection}`, change)
        assert.equal(changed.status, 400, url)
      }
      const { items } = await admin.must('GET', '/api/v1/connections')
      assert.deepEqual(
        items.map(({ name, upstream: to }: { name: string; upstream: string }) => [name, to]),
        [['outside', upstream.url]],
      )
      assert.equal(hits, 0)
    })

    test('that answers with a redirect inside is not followed', async () => {
      hits = 0
      const headers = { authorization: `Bearer ${token}` }
      const plain = await fetch(`${house.issuer}/proxy/outside/orders?limit=1`, { headers })
      assert.equal(plain.status, 200, 'the connection itself works')
      const away = await fetch(`${house.issuer}/proxy/outside/away`, { headers, redirect: 'manual' })
      assert.equal(away.status, 502)
      const said = await away.text()
      assert.match(said, /redirects are not followed/)
      assert.ok(!said.includes(trapPort), 'it does not say where to')
      assert.equal(away.headers.get('location'), null)
      assert.equal(hits, 0)
    })

    test('cannot be steered by the caller’s path or headers', async () => {
      hits = 0
      for (const path of [
        `//127.0.0.1:${trapPort}/`,
        `/@127.0.0.1:${trapPort}/`,
        `/http://127.0.0.1:${trapPort}/`,
        `/%2f%2f127.0.0.1:${trapPort}/`,
        `/\\127.0.0.1:${trapPort}/`,
        `/orders?url=http://127.0.0.1:${trapPort}/`,
      ]) {
        const headers = { authorization: `Bearer ${token}`, 'x-forwarded-host': `127.0.0.1:${trapPort}` }
        await (await fetch(`${house.issuer}/proxy/outside${path}`, { headers })).text()
      }
      assert.equal(hits, 0)
    })
  },
  { shop: false, settings: { MANDATE_ALLOWED_PRIVATE_HOSTS: new URL(upstream.url).host } },
)
