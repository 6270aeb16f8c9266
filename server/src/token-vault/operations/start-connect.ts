// A person is sent to the provider (RFC 6749 §4.1.1) with PKCE, and a state that only this session can come back with.
import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { ReturnTo } from '../../authentication/index.ts'
import { operation } from '../../pipeline/index.ts'
import { attemptPlace, insertAttempt } from '../attempt-store.ts'
import type { Ground } from '../ground.ts'
import { bindingOf, type OauthConnection, redirectUri } from '../model.ts'
import { ConnectionName, connectionOpen, PageOutput, personOf, sessionOf } from './person.ts'

const ATTEMPT_MS = 10 * 60_000

const random = (): string => randomBytes(32).toString('base64url')
/** What is kept of a state: it opens nothing. Also the challenge of a PKCE verifier (RFC 7636 §4.2, S256). */
export const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

export const startConnect = ({ connections, sealing, issuer }: Ground) =>
  operation({
    id: 'token-vault.start-connect',
    summary: 'Go to the provider to connect an account.',
    audit: 'act',
    input: z.object({ connection: ConnectionName, return_to: ReturnTo }),
    output: PageOutput,
    asks: () => [{ action: 'connect', resource: 'self:accounts' }],
    async prepare(_, { connection }) {
      const found = connectionOpen(connections, connection)
      const [state, verifier] = [random(), random()]
      const state_hash = digest(state)
      return { found, state, verifier, state_hash, sealed: await sealing.seal(verifier, attemptPlace(state_hash)) }
    },
    async run({ tx, principal, now, note, prepared: { found, state, verifier, ...kept } }, { return_to }) {
      await insertAttempt(tx, {
        ...kept,
        connection: found.id,
        user_id: personOf(principal),
        session_id: sessionOf(principal),
        bound_to: expectation(found),
        return_to,
        expires_at: new Date(now + ATTEMPT_MS),
      })
      note({ connection: found.id })
      return { location: authorizationUrl(found, { state, verifier, redirect: redirectUri(issuer, found.name) }) }
    },
  })

/** What the answer is compared with: a connection that was changed meanwhile is another one (RFC 9700 §4.4.2). */
export const expectation = (connection: OauthConnection): string =>
  JSON.stringify([bindingOf(connection), connection.oauth.authorization_endpoint, connection.oauth.issuer ?? null])

function authorizationUrl(
  { oauth }: OauthConnection,
  { state, verifier, redirect }: { state: string; verifier: string; redirect: string },
): string {
  const url = new URL(oauth.authorization_endpoint)
  const parameters = {
    response_type: 'code',
    client_id: oauth.client_id,
    redirect_uri: redirect,
    state,
    code_challenge: digest(verifier),
    code_challenge_method: 'S256',
    ...(oauth.scopes.length > 0 && { scope: oauth.scopes.join(' ') }),
  }
  // Set, not added: what the endpoint's own query says of these must not stand beside them.
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}
