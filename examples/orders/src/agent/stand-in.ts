// The far side for the agent's tests: a small issuer and gateway that can misbehave in the ways the agent must survive.
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface StandIn {
  server: Server
  /** Form bodies that reached the token endpoint, with the client authentication beside them. */
  grants: Record<string, string>[]
  /** Ends every token given out so far: they meet 401 from now on. */
  expireTokens(): void
  /** The next requests to the token endpoint are answered with this error. */
  refuse?: { error: string; error_description: string }
  /** The `iss` of authorization answers: a wrong one, or none at all. */
  answerIssuer?: string | null
}

/** `targets` maps `/mcp/{name}` and `/proxy/{name}` to upstream addresses and the header that opens them. */
export function createStandIn(
  targets: Record<string, { url: string; header: [name: string, value: string] }>,
): StandIn {
  const tokens = new Map<string, string>()
  const codes = new Map<string, URLSearchParams>()
  const self: StandIn = { server: createServer(handle), grants: [], expireTokens: () => tokens.clear() }
  return self

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const issuer = `http://${request.headers.host}`
    const url = new URL(request.url ?? '/', issuer)
    if (url.pathname === '/.well-known/openid-configuration') return json(response, 200, metadata(issuer))
    if (url.pathname === '/authorize') return authorize(url, issuer, response)
    if (url.pathname === '/oauth/token') return token(request, response)
    await relay(url, issuer, request, response)
  }

  function authorize({ searchParams }: URL, issuer: string, response: ServerResponse): void {
    const code = randomUUID()
    codes.set(code, searchParams)
    const back = new URL(searchParams.get('redirect_uri') ?? issuer)
    back.searchParams.set('code', code)
    back.searchParams.set('state', searchParams.get('state') ?? '')
    if (self.answerIssuer !== null) back.searchParams.set('iss', self.answerIssuer ?? issuer)
    response.writeHead(302, { location: back.href }).end()
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams((await buffer(request)).toString())
    self.grants.push({ ...Object.fromEntries(form), authorization: request.headers.authorization ?? '' })
    if (self.refuse) return json(response, 400, self.refuse)
    const asked = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (form.has('code') && asked?.get('code_challenge') !== challenge) {
      return json(response, 400, { error: 'invalid_grant' })
    }
    const access_token = randomUUID()
    tokens.set(access_token, form.get('resource') ?? '')
    json(response, 200, {
      access_token,
      token_type: 'Bearer',
      expires_in: 300,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
  }

  async function relay(url: URL, issuer: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind, name = '', ...rest] = url.pathname.split('/')
    const bearer = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    if (tokens.get(bearer) !== `${issuer}/mcp/${name}`) return json(response, 401, { error: 'invalid_token' })
    const target = targets[name]
    if (!target) return json(response, 404, { title: 'not found' })
    const body = await buffer(request)
    const upstream = await fetch(`${target.url}${kind === 'mcp' ? '/mcp' : `/${rest.join('/')}`}${url.search}`, {
      method: request.method,
      headers: forwarded(request, target.header),
      body: body.length > 0 ? body : undefined,
    })
    const session = upstream.headers.get('mcp-session-id')
    response.writeHead(upstream.status, {
      'content-type': upstream.headers.get('content-type') ?? 'text/plain',
      ...(session === null ? {} : { 'mcp-session-id': session }),
    })
    try {
      for await (const chunk of upstream.body ?? []) response.write(chunk)
      response.end()
    } catch {
      response.destroy()
    }
  }
}

function forwarded(request: IncomingMessage, credential: [string, string]): Headers {
  const headers = new Headers([credential])
  for (const name of ['accept', 'content-type', 'mcp-session-id', 'mcp-protocol-version', 'x-request-id']) {
    const value = request.headers[name]
    if (typeof value === 'string') headers.set(name, value)
  }
  return headers
}

function metadata(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
