// Requests in the name of whoever signed in; the short-lived token is renewed when it has run out.
import * as oauth from 'openid-client'
import { discover, managementAudience } from './issuer.ts'
import { keepSignedIn, readSignedIn } from './signed-in.ts'

/** `path` is below the issuer: `/api/v1/agents`. */
export async function authorized(path: string, init: RequestInit = {}): Promise<Response> {
  const signedIn = await readSignedIn()
  const send = (token: string) =>
    fetch(`${signedIn.issuer.replace(/\/$/, '')}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token}` },
    })
  const answer = await send(signedIn.access_token)
  if (answer.status !== 401 || signedIn.refresh_token === undefined) return answer
  const server = await discover(signedIn.issuer)
  const tokens = await oauth
    .refreshTokenGrant(server, signedIn.refresh_token, { resource: managementAudience(signedIn.issuer) })
    .catch(() => {
      throw new Error('the sign-in has ended; run: npx mandate login')
    })
  await keepSignedIn({ ...signedIn, access_token: tokens.access_token, refresh_token: tokens.refresh_token })
  return send(tokens.access_token)
}
