// Signs a person in from a program: authorization code with PKCE, answered on a loopback port (RFC 8252 §7.3).
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as oauth from 'openid-client'
import { discover } from './issuer.ts'

export interface SignIn {
  issuer: string
  clientId: string
  clientSecret?: string
  /** The redirect URI to register is `http://127.0.0.1:<port>/callback`; 0 picks a free port. */
  redirectPort: number
  scope: string
  /** RFC 8707: what the token is for. */
  resource?: string
  /** Gives up waiting for the person. */
  signal?: AbortSignal
}

export type Tokens = Awaited<ReturnType<typeof oauth.authorizationCodeGrant>>

/** Returns as soon as the person can be sent to `url`; `tokens` settles when they came back, and the port is free again. */
export async function signIn(asked: SignIn): Promise<{ url: URL; tokens: Promise<Tokens> }> {
  const server = await discover(asked.issuer, asked.clientId, asked.clientSecret)
  const verifier = oauth.randomPKCECodeVerifier()
  const state = oauth.randomState()
  const nonce = asked.scope.split(' ').includes('openid') ? oauth.randomNonce() : undefined
  const resource: Record<string, string> = asked.resource === undefined ? {} : { resource: asked.resource }

  const listener = createServer()
  listener.listen(asked.redirectPort, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the loopback listener has no port')
  const redirect = new URL(`http://127.0.0.1:${address.port}/callback`)

  async function redeem(answer: URL): Promise<Tokens> {
    // RFC 9207 §2.4: openid-client compares `iss` when it is there; we also insist that it is.
    if (!answer.searchParams.has('iss')) throw new Error('the answer does not name its issuer')
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
    return oauth.authorizationCodeGrant(server, answer, checks, resource)
  }

  const tokens = new Promise<Tokens>((resolve, reject) => {
    asked.signal?.addEventListener('abort', () => reject(asked.signal?.reason), { once: true })
    let redeeming = false
    listener.on('request', async (request: IncomingMessage, response: ServerResponse) => {
      const answer = new URL(request.url ?? '/', redirect)
      // Any page in the person's browser can call this port: without our state it is not the answer we wait for.
      if (request.method !== 'GET' || answer.pathname !== redirect.pathname) return say(response, 404, 'Nothing here.')
      if (answer.searchParams.get('state') !== state) return say(response, 400, 'This is not the sign-in we asked for.')
      if (redeeming) return say(response, 400, 'This sign-in was already answered.')
      redeeming = true
      try {
        const received = await redeem(answer)
        await say(response, 200, 'You are signed in. You can close this window.')
        resolve(received)
      } catch (error) {
        await say(response, 400, 'The sign-in did not work. The program says why.')
        reject(error)
      }
    })
  }).finally(() => {
    listener.close()
    listener.closeAllConnections()
  })
  // The caller may look at `url` first; a refusal meanwhile must not end the process.
  tokens.catch(() => undefined)

  const url = oauth.buildAuthorizationUrl(server, {
    redirect_uri: redirect.href,
    scope: asked.scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(nonce === undefined ? {} : { nonce }),
    ...resource,
  })
  return { url, tokens }
}

async function say(response: ServerResponse, status: number, text: string): Promise<void> {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  await new Promise<void>((resolve) => {
    response.once('close', resolve)
    response.end(text)
  })
}

if (import.meta.main) {
  const { MANDATE_ISSUER = 'http://localhost:4000', CLIENT_ID, CLIENT_SECRET, REDIRECT_PORT = '4103' } = process.env
  if (!CLIENT_ID) {
    console.error(
      'sign-in: set CLIENT_ID (and MANDATE_ISSUER, CLIENT_SECRET, REDIRECT_PORT, SCOPE, RESOURCE as needed)',
    )
    process.exit(2)
  }
  const { url, tokens } = await signIn({
    issuer: MANDATE_ISSUER,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    redirectPort: Number(REDIRECT_PORT),
    scope: process.env.SCOPE ?? 'openid',
    resource: process.env.RESOURCE,
  })
  console.error(`Open this in a browser:\n${url}`)
  try {
    console.log(JSON.stringify(await tokens))
  } catch (error) {
    console.error(`sign-in: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
