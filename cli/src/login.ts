// Signs a person in: authorization code with PKCE, answered on a loopback port (RFC 8252 §7.3).
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import * as oauth from 'openid-client'
import { discover, managementAudience } from './issuer.ts'
import { keepSignedIn } from './signed-in.ts'

export async function login(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { issuer: { type: 'string' } } })
  const issuer = values.issuer ?? process.env.MANDATE_ISSUER ?? 'http://localhost:4000'
  const server = await discover(issuer)
  const verifier = oauth.randomPKCECodeVerifier()
  const state = oauth.randomState()
  const resource = managementAudience(issuer)
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const redirect = new URL(`http://127.0.0.1:${(listener.address() as AddressInfo).port}/callback`)
  const url = oauth.buildAuthorizationUrl(server, {
    redirect_uri: redirect.href,
    scope: 'admin',
    resource,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  process.stdout.write(`Open this in your browser, sign in, and say yes there:\n\n  ${url}\n\n`)
  try {
    const answer = await answered(listener, redirect, state)
    const tokens = await oauth.authorizationCodeGrant(
      server,
      answer,
      { pkceCodeVerifier: verifier, expectedState: state },
      { resource },
    )
    await keepSignedIn({ issuer, access_token: tokens.access_token, refresh_token: tokens.refresh_token })
    process.stdout.write('You are signed in. Try: npx mandate api GET /agents\n')
    return 0
  } catch (error) {
    if (!(error instanceof oauth.AuthorizationResponseError)) throw error
    if (error.error === 'access_denied') throw new Error('the person said no in the browser; nobody was signed in')
    throw new Error(`the server refused: ${error.error_description ?? error.error}`)
  } finally {
    listener.close()
    listener.closeAllConnections()
  }
}

function answered(listener: ReturnType<typeof createServer>, redirect: URL, state: string): Promise<URL> {
  return new Promise((resolve) => {
    listener.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const answer = new URL(request.url ?? '/', redirect)
      // Any page in the browser can call this port: without our state it is not the answer we wait for.
      const ours = answer.pathname === redirect.pathname && answer.searchParams.get('state') === state
      response.writeHead(ours ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
      response.end(ours ? 'You can close this window and go back to the terminal.' : 'Nothing here.')
      if (ours) response.once('close', () => resolve(answer))
    })
  })
}
