// The management API as a machine client uses it.
import { BOOTSTRAP } from './server.ts'

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says; tests look at them with assertions
type Body = any

export interface Api {
  token: string
  /** Any request below the issuer, answered as it comes. */
  call(method: string, path: string, body?: unknown): Promise<Answer<Body>>
  /** As `call`, for what must succeed. */
  must(method: string, path: string, body?: unknown): Promise<Body>
}

export async function clientCredentials(
  issuer: string,
  { id, secret, resource, scope }: { id: string; secret: string; resource: string; scope?: string },
): Promise<Answer<Body>> {
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')
  const form = new URLSearchParams({ grant_type: 'client_credentials', resource, ...(scope && { scope }) })
  return answerOf(
    await fetch(`${issuer}/oauth/token`, { method: 'POST', body: form, headers: { authorization: `Basic ${basic}` } }),
  )
}

/** The bootstrap client's token for one of the house's own audiences. */
export async function machineApi(issuer: string, audience: '/api' | '/fga' = '/api'): Promise<Api> {
  const answer = await clientCredentials(issuer, {
    id: BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_ID,
    secret: BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_SECRET,
    resource: `${issuer}${audience}`,
    scope: 'admin',
  })
  if (answer.status !== 200) throw new Error(`no machine token: ${JSON.stringify(answer.body)}`)
  return api(issuer, answer.body.access_token)
}

export function api(issuer: string, token: string): Api {
  const call = async (method: string, path: string, body?: unknown) =>
    answerOf(
      await fetch(`${issuer}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )
  return {
    token,
    call,
    async must(method, path, body) {
      const answer = await call(method, path, body)
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
  }
}

export async function answerOf(response: Response): Promise<Answer<Body>> {
  const text = await response.text()
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
}
