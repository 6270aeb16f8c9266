// An OAuth client written by hand, so that the CRM's server is tried by something that shares no code with it.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type Client, type CrmSettings, createCrm } from '../crm.ts'
import { answerAsPerson, type Person } from '../person.ts'

/** Its secret has every sign that Basic authentication gets wrong when it is not form-encoded first. */
export const HOUSE: Client = {
  id: 'house',
  secret: 's:e+c r%e/t=ü',
  name: 'The <b>House</b>',
  redirect_uris: ['http://127.0.0.1:9/callback', 'http://127.0.0.1:9/other?kept=1'],
}
export const STRANGER: Client = {
  id: 'stranger',
  secret: 'another-secret',
  name: 'Stranger',
  redirect_uris: ['http://127.0.0.1:8/callback'],
}
export const DANA: Person = { email: 'dana@crm.example', password: 'dana-demo-password' }
export const EVE: Person = { email: 'eve@crm.example', password: 'eve-demo-password' }
export const CALLBACK = 'http://127.0.0.1:9/callback'
export const ALL = 'contacts.read notes.write'

export interface Tokens {
  access_token: string
  refresh_token: string
  expires_in: number
  scope: string
  token_type: string
}

export interface Answer {
  status: number
  headers: Headers
  body: Tokens & { error: string; error_description: string }
}

/** A started CRM with a clock that stands still until it is moved. */
export async function openCrm(test: TestContext, settings: Partial<CrmSettings> = {}) {
  const clock = { at: Date.UTC(2026, 0, 5, 9) }
  const crm = createCrm({ clients: [HOUSE, STRANGER], now: () => clock.at, ...settings })
  const { url } = await crm.start(0)
  test.after(() => crm.close())
  return { crm, clock, client: createClient(url) }
}

function createClient(url: string) {
  async function post(
    path: string,
    form: Record<string, string> | string,
    { as = HOUSE, signal }: { as?: Client | null; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
    if (as) headers.authorization = basic(as.id, as.secret)
    const body = new URLSearchParams(form).toString()
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body, signal })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
  }

  function request(changed: Record<string, string | undefined> = {}): { url: URL; verifier: string } {
    const verifier = randomBytes(32).toString('base64url')
    const address = new URL('/authorize', url)
    const parameters: Record<string, string | undefined> = {
      response_type: 'code',
      client_id: HOUSE.id,
      redirect_uri: CALLBACK,
      scope: ALL,
      state: 'st=a&te',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changed,
    }
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) address.searchParams.set(name, value)
    }
    return { url: address, verifier }
  }

  async function code(person = DANA, changed: Record<string, string | undefined> = {}) {
    const { url: address, verifier } = request(changed)
    const answer = await answerAsPerson(address, person)
    const given = answer.searchParams.get('code')
    assert.ok(given, `no code in ${answer}`)
    return { code: given, verifier }
  }

  const redeem = ({ code: given, verifier }: { code: string; verifier: string }) =>
    post('/token', {
      grant_type: 'authorization_code',
      code: given,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    })

  return {
    url,
    post,
    request,
    code,
    redeem,
    /** The whole flow: the person says yes, the code is redeemed. */
    async granted(person = DANA, changed: Record<string, string | undefined> = {}): Promise<Tokens> {
      const answer = await redeem(await code(person, changed))
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      return answer.body
    },
    refresh: (refresh_token: string, more: Record<string, string> = {}, signal?: AbortSignal) =>
      post('/token', { grant_type: 'refresh_token', refresh_token, ...more }, { signal }),
    api: (path: string, token: string, init: RequestInit = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }),
    async alive(token: string): Promise<boolean> {
      const { status } = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${token}` } })
      assert.ok(status === 200 || status === 401)
      return status === 200
    },
  }
}

/** RFC 6749 §2.3.1. */
export function basic(id: string, secret: string): string {
  const encoded = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString('base64')}`
}
