// The relationship API of a server, called as the field's own tool is told to: by `FGA_API_URL` and `FGA_API_TOKEN`, or
// with `FGA_CLIENT_ID` and `FGA_CLIENT_SECRET` for a token of its own.

export interface FgaApi {
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<Record<string, unknown>>
}

export async function fgaApi(given: string | undefined): Promise<FgaApi> {
  const url = (given ?? process.env.FGA_API_URL ?? 'http://localhost:4000/fga').replace(/\/$/, '')
  const token = process.env.FGA_API_TOKEN ?? (await ownToken(url))
  return {
    async call(method, path, body) {
      const reply = await fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await reply.text()
      if (reply.ok) return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
      throw new Error(`${method} ${path}: ${reply.status} ${messageIn(text)}`)
    },
  }
}

async function ownToken(url: string): Promise<string> {
  const { FGA_CLIENT_ID: id, FGA_CLIENT_SECRET: secret } = process.env
  if (id === undefined || secret === undefined)
    throw new Error('set FGA_API_TOKEN, or FGA_CLIENT_ID and FGA_CLIENT_SECRET')
  const reply = await fetch(`${url.replace(/\/fga$/, '')}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: url, scope: 'admin' }),
  })
  const { access_token, error_description } = (await reply.json()) as Record<string, string | undefined>
  if (!reply.ok || access_token === undefined) throw new Error(`no token: ${error_description ?? reply.status}`)
  return access_token
}

function messageIn(text: string): string {
  try {
    const { code, message } = JSON.parse(text) as { code?: string; message?: string }
    return `${code}: ${message}`
  } catch {
    return text.slice(0, 200)
  }
}
