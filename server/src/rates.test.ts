// What strangers may call: every route whose operation is public is sent rubbish, and none of them lets a stranger fill
// the audit log. The routes come from the server itself, so that a new one is tried as well.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { compose } from './compose.ts'
import { memoryConfig } from './config.ts'
import { PUBLIC_OPERATIONS } from './pipeline/index.ts'
import type { Server } from './server.ts'

const BURST = 8
/** What the cap of refusals lets through (audit/rate-cap.ts). */
const CAP = 20
const SENT = 60
const CLIENT = { id: 'first-machine', secret: 'a-bootstrap-secret-of-40-characters-0123' }

let house: Server
let url: string
let headers: Record<string, string>

before(async () => {
  house = await compose(
    memoryConfig({
      trusted_proxies: ['127.0.0.1', '::1'],
      anonymous_burst: BURST,
      anonymous_rate: 1,
      bootstrap_client_id: CLIENT.id,
      bootstrap_client_secret: CLIENT.secret,
    }),
  )
  url = await house.listen()
  const answer = await token(CLIENT.secret, '192.0.2.200')
  assert.equal(answer.status, 200)
  const { access_token } = (await answer.json()) as { access_token: string }
  headers = { authorization: `Bearer ${access_token}` }
})
after(() => house.stop())

const token = (secret: string, from: string) =>
  fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'x-forwarded-for': from },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      audience: 'http://localhost:4000/api',
      client_id: CLIENT.id,
      client_secret: secret,
    }),
  })

interface Entry {
  kind: string
  remote?: string
}

async function entriesFrom(network: string): Promise<Entry[]> {
  const found: Entry[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '?limit=100' : `?limit=100&cursor=${cursor}`
    const answer = await fetch(`${url}/api/v1/audit/events${query}`, { headers })
    const page = (await answer.json()) as { items: Entry[]; next_cursor: string | null }
    found.push(...page.items.filter(({ remote }) => remote === network))
    cursor = page.next_cursor ?? null
  } while (cursor !== null)
  return found
}

const filled = (path: string): string => path.replaceAll(/:(\w+)(?:\([^)]*\))?/g, 'rubbish')

test('no public route lets a stranger write more than the cap, and what is recorded twice is refused beyond it', async () => {
  const routes = house.routes.filter(
    ({ operation }) => operation !== undefined && PUBLIC_OPERATIONS.includes(operation),
  )
  assert.ok(routes.length >= 20, `only ${routes.length} public routes`)
  let at = 0
  for (const { method, url: path, operation } of routes) {
    const network = `198.51.100.${++at}`
    const answers = await Promise.all(
      Array.from({ length: SENT }, (_, n) =>
        fetch(`${url}${filled(path)}`, {
          method,
          redirect: 'manual',
          headers: { 'x-forwarded-for': network },
          ...(method === 'POST' && { body: new URLSearchParams({ token: `rubbish${n}`, client_id: 'nobody' }) }),
        }),
      ),
    )
    const entries = await entriesFrom(network)
    const attempts = entries.filter(({ kind }) => kind === 'attempt').length
    const limited = answers.filter(({ status }) => status === 429)
    const what = `${method} ${path} (${operation})`
    assert.ok(attempts <= BURST + 2, `${what}: ${attempts} attempts`)
    assert.ok(entries.length <= 2 * attempts + 2 * CAP, `${what}: ${entries.length} entries`)
    if (attempts > 0) {
      assert.ok(limited.length >= SENT - BURST - 2, `${what}: ${limited.length} were refused`)
      for (const answer of limited) assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/, what)
    }
    assert.ok(!answers.some(({ status }) => status >= 500), what)
  }
})

test('OAuth endpoints say it in OAuth’s words', async () => {
  let answer = await token('wrong', '192.0.2.1')
  for (let n = 0; n < BURST + 2 && answer.status !== 429; n++) answer = await token('wrong', '192.0.2.1')
  assert.equal(answer.status, 429)
  const { error } = (await answer.json()) as { error: string }
  assert.equal(error, 'temporarily_unavailable')
})

test('a client that authenticates itself is not held back by what strangers may send', async () => {
  for (let n = 0; n < 3 * BURST; n++) assert.equal((await token(CLIENT.secret, '192.0.2.2')).status, 200)
})
