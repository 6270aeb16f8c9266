// The management API and the pages, as the people and programs of the story use them.
export interface Api {
  token: string
  /** Throws with what the server said when it refuses. */
  must(method: string, path: string, body?: unknown): Promise<Json>
}

// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says; the story reads a few members of them
export type Json = any

export async function machineApi(
  issuer: string,
  { id, secret }: { id: string; secret: string },
  door: '/api' | '/fga',
): Promise<Api> {
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')
  const answer = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${issuer}${door}`, scope: 'admin' }),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return {
    token,
    must: (method, path, body) => call(`${issuer}${path}`, { method, authorization: `Bearer ${token}`, body }),
  }
}

async function call(
  url: string,
  { method, authorization, body }: { method: string; authorization: string; body?: unknown },
): Promise<Json> {
  const answer = await fetch(url, {
    method,
    headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}
