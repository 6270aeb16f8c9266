// Approvals as people and agents meet them: a held call, the person's own session, the yes and the no.
import { type Answer, answerOf } from './api.ts'
import { Browser, type Person } from './browser.ts'

/** A browser in which the person is signed in. */
export async function signedIn(issuer: string, person: Person): Promise<Browser> {
  const browser = new Browser()
  const { url, page } = await browser.follow(`${issuer}/sign-in`, person)
  if (new URL(url).pathname !== '/') throw new Error(`${person.email} is not signed in: ${url} ${page}`)
  return browser
}

// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says; tests look at them with assertions
type Body = any

/** The management API by the browser's cookie, as a page of ours calls it. `at`: another replica of the issuer. */
export async function asPerson(
  browser: Browser,
  { issuer, method, path, body }: { issuer: string; method: string; path: string; body?: unknown },
): Promise<Answer<Body>> {
  return answerOf(
    await browser.request(`${issuer}/api/v1${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    }),
  )
}

export const answer = (
  browser: Browser,
  { issuer, id, say, body = {} }: { issuer: string; id: string; say: 'approve' | 'deny'; body?: object },
): Promise<Answer<Body>> => asPerson(browser, { issuer, method: 'POST', path: `/approvals/${id}/${say}`, body })

export const approvalIn = (text: string): string => {
  const id = /apr_[0-9a-z]+/.exec(text)?.[0]
  if (id === undefined) throw new Error(`no approval in ${text}`)
  return id
}

export interface Asked {
  status: number
  headers: Headers
  body: Body
  text: string
}

/** One call of the connection's HTTP API. `wait`: seconds it may be held. */
export async function callHttp(
  issuer: string,
  { token, method = 'POST', path, body, wait, headers = {} }: HttpCall,
): Promise<Asked> {
  const response = await fetch(`${issuer}/proxy/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(wait !== undefined && { prefer: `wait=${wait}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text, text }
}

export interface HttpCall {
  token: string
  method?: string
  /** `connection/path` */
  path: string
  /** A text is sent as it is. */
  body?: unknown
  wait?: number
  headers?: Record<string, string>
}
