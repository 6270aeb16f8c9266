// An OAuth 2 provider with an API of its own, as strict as real ones: PKCE, single-use codes, rotating refresh tokens
// whose reuse kills the family, revocation; and the bad days real ones have.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const CLIENT = { client_id: 'mandate at crm', client_secret: 'canary-client-secret:with/odd+signs' }

interface Family {
  person: string
  scope: string
  access: string
  refresh: string
  used: Set<string>
  dead: boolean
}

export async function startProvider() {
  const codes = new Map<string, { challenge: string; redirect: string; scope: string }>()
  const families: Family[] = []
  const calls = { code: 0, refresh: 0, revoke: 0, api: 0 }
  const well = {
    /** Seconds that access tokens live; null says nothing of it. */
    expiresIn: 3600 as number | null,
    /** How a refresh goes: as it should, not at all, rotated and then lost on the way, or without rotation. */
    refresh: 'well' as 'well' | 'busy' | 'lost' | 'keeps_refresh',
    /** How a refresh with a dead grant is answered, status and body; text is sent as a page. */
    refusal: [400, { error: 'invalid_grant' }] as [number, object | string],
    /** Whether a used refresh token is taken again, as providers with a grace do. */
    grace: false,
    revoke: 'well' as 'well' | 'busy' | 'refuses' | 'only_refresh',
    /** Whether a revoked token takes every grant along, as at providers that know one grant per person and client. */
    whole: false,
    /** The API takes no token, however good; or says no for a reason of its own, and tells nothing of the token. */
    api: 'well' as 'well' | 'refuses_all' | 'for_its_own_reasons',
    iss: true,
    /** Held back until this resolves. */
    hold: undefined as Promise<void> | undefined,
  }
  const mood = { ...well }
  /** Told at each call for tokens, before it is answered. */
  let asked = Promise.withResolvers<void>()
  const seen: string[] = []

  const secret = (kind: string) => `canary-${kind}-${randomBytes(12).toString('hex')}`
  const send = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  const issued = (family: Family) => ({
    access_token: family.access,
    token_type: 'Bearer',
    ...(mood.expiresIn !== null && { expires_in: mood.expiresIn }),
    ...(mood.refresh !== 'keeps_refresh' && { refresh_token: family.refresh }),
    scope: family.scope,
  })

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirect = query.get('redirect_uri') ?? ''
    const code = secret('code')
    const challenge = query.get('code_challenge') ?? ''
    if (
      query.get('client_id') !== CLIENT.client_id ||
      query.get('code_challenge_method') !== 'S256' ||
      challenge === ''
    )
      return void send(response, 400, { error: 'invalid_request' })
    codes.set(code, { challenge, redirect, scope: query.get('scope') ?? '' })
    const to = new URL(redirect)
    to.searchParams.set('code', code)
    to.searchParams.set('state', query.get('state') ?? '')
    if (mood.iss) to.searchParams.set('iss', url)
    response.writeHead(302, { location: to.href }).end()
  }

  async function byCode(form: URLSearchParams, response: ServerResponse): Promise<void> {
    calls.code++
    asked.resolve()
    await mood.hold
    const code = form.get('code') ?? ''
    const known = codes.get(code)
    codes.delete(code)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (!known || known.challenge !== challenge || known.redirect !== form.get('redirect_uri'))
      return void send(response, 400, { error: 'invalid_grant' })
    const family: Family = {
      ...{ person: `person-${families.length}`, scope: known.scope, used: new Set(), dead: false },
      ...{ access: secret('access'), refresh: secret('refresh') },
    }
    families.push(family)
    send(response, 200, { ...issued(family), refresh_token: family.refresh })
  }

  async function byRefresh(form: URLSearchParams, response: ServerResponse): Promise<void> {
    calls.refresh++
    asked.resolve()
    await mood.hold
    if (mood.refresh === 'busy') return void send(response, 503, { error: 'busy' }, { 'retry-after': '7' })
    const given = form.get('refresh_token') ?? ''
    const family = families.find(({ refresh, used }) => refresh === given || used.has(given))
    // Reuse means that somebody has a copy: nobody may go on (RFC 9700 §4.14.2).
    if (family?.used.has(given) && !mood.grace) family.dead = true
    if (!family || family.dead) return refuse(response)
    family.access = secret('access')
    if (mood.refresh !== 'keeps_refresh') {
      family.used.add(family.refresh)
      family.refresh = secret('refresh')
    }
    if (mood.refresh === 'lost') return void response.destroy()
    send(response, 200, issued(family))
  }

  function refuse(response: ServerResponse): void {
    const [status, body] = mood.refusal
    if (typeof body !== 'string') return void send(response, status, body)
    response.writeHead(status, { 'content-type': 'text/html' }).end(body)
  }

  function revoke(form: URLSearchParams, response: ServerResponse): void {
    calls.revoke++
    if (mood.revoke === 'busy') return void send(response, 503, { error: 'busy' })
    if (mood.revoke === 'refuses') return void send(response, 400, { error: 'invalid_request' })
    const token = form.get('token') ?? ''
    const byAccess = families.find(({ access }) => access === token)
    const byRefresh = families.find(({ refresh }) => refresh === token)
    if (mood.revoke === 'only_refresh' && !byRefresh)
      return void send(response, 400, { error: 'unsupported_token_type' })
    if (byRefresh) for (const family of mood.whole ? families : [byRefresh]) family.dead = true
    if (byAccess) byAccess.access = ''
    send(response, 200, {})
  }

  const authentic = ({ headers }: IncomingMessage): boolean => {
    const [id = '', password = ''] = Buffer.from((headers.authorization ?? '').replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':')
    const plain = (text: string) => new URLSearchParams(`x=${text}`).get('x')
    return plain(id) === CLIENT.client_id && plain(password) === CLIENT.client_secret
  }

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', url)
    seen.push(`${request.method} ${request.url}`)
    if (pathname === '/.well-known/oauth-authorization-server') return void send(response, 200, metadata())
    if (pathname === '/authorize') return authorize(searchParams, response)
    if (pathname.startsWith('/api/')) {
      calls.api++
      const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
      const family = families.find(({ access }) => access !== '' && access === token)
      if (mood.api === 'for_its_own_reasons')
        return void send(response, 401, { error: 'login' }, { 'www-authenticate': 'Basic realm="error=invalid_token"' })
      if (!family || mood.api === 'refuses_all')
        return void send(
          response,
          401,
          { error: 'invalid_token' },
          { 'www-authenticate': 'Bearer realm="crm", error="invalid_token"' },
        )
      if (pathname === '/api/echo') return void send(response, 200, { token })
      return void send(response, 200, { person: family.person })
    }
    const form = new URLSearchParams((await request.toArray()).join(''))
    if (!authentic(request)) return void send(response, 401, { error: 'invalid_client' })
    if (pathname === '/revoke') return revoke(form, response)
    if (form.get('grant_type') === 'refresh_token') return await byRefresh(form, response)
    return await byCode(form, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const metadata = () => ({
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    revocation_endpoint: `${url}/revoke`,
    authorization_response_iss_parameter_supported: true,
  })

  return {
    url,
    calls,
    mood,
    families,
    /** Request lines: no secret may stand in one. */
    seen,
    /** Resolves at the next call for tokens. */
    nextCall() {
      asked = Promise.withResolvers<void>()
      return asked.promise
    },
    /** From now on the access tokens that people have are refused. */
    forgetAccess() {
      for (const family of families) family.access = secret('access')
    },
    /** A good day again, and nothing counted yet. */
    reset() {
      Object.assign(mood, well)
      Object.assign(calls, { code: 0, refresh: 0, revoke: 0, api: 0 })
      families.length = 0
      seen.length = 0
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
