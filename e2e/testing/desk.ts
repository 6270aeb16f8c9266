// The service desk's CRM beside a house: it has a sign-in of its own, and people of the house connect their accounts there.
import assert from 'node:assert/strict'
import { type Crm, type CrmSettings, createCrm } from '@mandate/example-crm/crm.ts'
import { answerAsPerson } from '@mandate/example-crm/person.ts'
import type { Api } from './api.ts'
import { asPerson, callHttp } from './approving.ts'
import type { Browser } from './browser.ts'
import { eventually } from './eventually.ts'
import { type Relay, startRelay } from './relay.ts'
import { exchange, type Shop, signInAt } from './shop.ts'

export const AT_THE_CRM = {
  dana: { email: 'dana@crm.example', password: 'dana-demo-password' },
  eve: { email: 'eve@crm.example', password: 'eve-demo-password' },
}
export const DESK_CLIENT = { id: 'house-at-the-desk', secret: 'canary-secret-of-the-house-at-the-desk' }

/** Two seconds at the CRM; the house hears of one, and renews after half of it. */
export const SHORT_LIVED = { accessSeconds: 1.9 }

export interface Desk {
  /** Of the connection. */
  name: string
  id: string
  crm: Crm
  /** Everything to the CRM passes here, people's browsers too. */
  relay: Relay
  /** Access tokens that came to the CRM's API, oldest first. */
  tokens(): string[]
  /** How many requests came to its API. */
  calls(): number
  /** How the CRM itself answers that token. */
  takes(token: string): Promise<number>
  /** Whoever holds this token waits until the CRM takes it no more. */
  runsOut(token: string): Promise<void>
  /** The CRM takes this access token no more, as a provider may at any time; its grant lives. */
  forget(token: string): Promise<void>
  close(): Promise<void>
}

const TOKENS = /^\/(token|revoke|authorize|\.well-known)/

/** Set up through the public API; `agents` may read contacts there for the people they act for. */
export async function openDesk(
  { issuer, admin, agents }: { issuer: string; admin: Api; agents: readonly string[] },
  { name = 'crm', ...settings }: { name?: string } & Partial<CrmSettings> = {},
): Promise<Desk> {
  let behind = ''
  const relay = await startRelay(() => behind)
  const crm = createCrm({
    clients: [{ ...DESK_CLIENT, name: 'The house', redirect_uris: [`${issuer}/connect/${name}/callback`] }],
    issuer: relay.url,
    ...settings,
  })
  behind = (await crm.start(0)).url
  const { id } = await admin.must('POST', '/api/v1/connections', {
    ...{ name, kind: 'oauth2', upstream: relay.url, provider: relay.url, scopes: ['contacts.read'] },
    ...{ client_id: DESK_CLIENT.id, client_secret: DESK_CLIENT.secret },
    tools: { 'GET /contacts': { effect: 'read' }, 'GET /me': { effect: 'read' } },
  })
  for (const agent of agents)
    await admin.must('PUT', `/api/v1/agents/${agent}/managed-connections/${id}`, {
      scopes: { 'GET /contacts': 'auto', 'GET /me': 'auto' },
    })
  const api = () => relay.passed.filter(({ path }) => !TOKENS.test(path))
  const takes = async (token: string): Promise<number> => {
    const answer = await fetch(`${behind}/me`, { headers: { authorization: `Bearer ${token}` } })
    await answer.arrayBuffer()
    return answer.status
  }
  return {
    ...{ name, id, crm, relay, takes },
    tokens: () => api().map(({ headers }) => (headers.authorization ?? '').replace(/^Bearer /, '')),
    calls: () => api().length,
    async runsOut(token) {
      await eventually(async () => ((await takes(token)) === 401 ? true : undefined), 15_000)
    },
    async forget(token) {
      const basic = Buffer.from(`${DESK_CLIENT.id}:${DESK_CLIENT.secret}`).toString('base64')
      const headers = { authorization: `Basic ${basic}` }
      await fetch(`${behind}/revoke`, { method: 'POST', headers, body: new URLSearchParams({ token }) })
      assert.equal(await takes(token), 401)
    },
    async close() {
      await relay.away()
      await crm.close()
    },
  }
}

/** The person goes to the connect page, presses its button, says yes at the CRM and comes back. */
export async function connectAccount(
  browser: Browser,
  { issuer, name, as }: { issuer: string; name: string; as: { email: string; password: string } },
): Promise<Response> {
  const finished = await browser.request(await comingBack(browser, { issuer, name, as }))
  assert.equal(finished.status, 303, await finished.clone().text())
  assert.equal(finished.headers.get('location'), `/connect/${name}`)
  return finished
}

/** As `connectAccount`, up to the address that the CRM sends the person back to. */
export async function comingBack(
  browser: Browser,
  { issuer, name, as }: { issuer: string; name: string; as: { email: string; password: string } },
): Promise<string> {
  const page = await (await browser.request(`${issuer}/connect/${name}`)).text()
  const form = [...page.matchAll(/<form[\s\S]*?<\/form>/g)].find(([text]) => text.includes(`"/connect/${name}"`))?.[0]
  assert.ok(form, `no button to connect for ${name}`)
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
  const started = await browser.post(
    `${issuer}/connect/${name}`,
    Object.fromEntries(hidden.map(([, field = '', value = '']) => [field, value])),
  )
  const back = await answerAsPerson(started.headers.get('location') ?? '', as)
  assert.ok(back.searchParams.has('code'), back.href)
  return back.href
}

/** The agent's token for the person at the connection. */
export async function deskToken(
  issuer: string,
  { agent, person, name }: { agent: Shop['agent']; person: Shop['dana']; name: string },
): Promise<string> {
  const { access_token } = await signInAt(issuer, { agent, person })
  return eventually(async () => {
    const { status, body } = await exchange(issuer, agent, access_token, `${issuer}/mcp/${name}`)
    return status === 200 ? (body.access_token as string) : undefined
  })
}

export const contacts = (issuer: string, name: string, token: string) =>
  callHttp(issuer, { token, method: 'GET', path: `${name}/contacts` })

// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says; tests look at them with assertions
type Body = any

/** The person's account at the connection as they see it: the newest. */
export async function accountAt(browser: Browser, issuer: string, name: string): Promise<Body> {
  const { body } = await asPerson(browser, { issuer, method: 'GET', path: '/me/accounts' })
  return body.items.find((one: { connection: string }) => one.connection === name)
}
