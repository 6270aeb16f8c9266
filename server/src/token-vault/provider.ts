// Calls to a provider's endpoints for tokens, with our client authentication, bounded in time and size.
import type { Credential } from '@mandate/contract'
import type { OauthClient } from '../connections/index.ts'
import { type Outbound, OutboundFailed, OutboundRefused, type OutboundResponse } from '../platform/outbound/index.ts'
import { type TokenAnswer, tokenAnswer } from './token-response.ts'

/** Below what a call waits for a renewal in all. */
const TIMEOUT_MS = 20_000
const LIMIT = 64 * 1024

export interface Client {
  oauth: OauthClient
  /** Undefined for a public client. */
  secret: Credential | undefined
}

/** No answer that says anything: nothing is changed by it, and it may be tried again. */
export interface Unreachable {
  unreachable: string
  retryAfterSeconds: number
}

export type Revoked = 'revoked' | 'unsupported' | 'refused' | Unreachable

export interface Provider {
  tokens(client: Client, parameters: Readonly<Record<string, string>>): Promise<TokenAnswer | Unreachable>
  /** RFC 7009. */
  revoke(client: Client, token: string, hint: 'access_token' | 'refresh_token'): Promise<Revoked>
}

export function createProvider(outbound: Pick<Outbound, 'send'>, timeoutMs = TIMEOUT_MS): Provider {
  async function post(url: string, client: Client, parameters: Readonly<Record<string, string>>) {
    const { headers, body } = authenticated(client, parameters)
    try {
      const answer = await outbound.send({
        ...{ method: 'POST', url, timeoutMs, maxBytes: LIMIT },
        headers: { ...headers, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body: body.toString(),
      })
      return answer.status >= 500 || answer.status === 429 ? busy(answer) : answer
    } catch (error) {
      if (error instanceof OutboundFailed || error instanceof OutboundRefused)
        return { unreachable: error.reason, retryAfterSeconds: 5 }
      throw error
    }
  }

  return {
    async tokens(client, parameters) {
      const answer = await post(client.oauth.token_endpoint, client, parameters)
      if ('unreachable' in answer) return answer
      const renewing = parameters.grant_type === 'refresh_token'
      return tokenAnswer(answer.status, answer.body, { personToken: client.oauth.person_token, renewing })
    },
    async revoke(client, token, token_type_hint) {
      const { revocation_endpoint } = client.oauth
      if (revocation_endpoint === undefined) return 'unsupported'
      const answer = await post(revocation_endpoint, client, { token, token_type_hint })
      if ('unreachable' in answer) return answer
      if (answer.status >= 200 && answer.status < 300) return 'revoked'
      const said = tokenAnswer(answer.status, answer.body)
      return 'error' in said ? (REVOCATION_ERRORS[said.error] ?? 'refused') : 'refused'
    },
  }
}

// RFC 7009 §2.2.1; a token that is dead already is as good as revoked (§2.2), which some providers say by an error.
const REVOCATION_ERRORS: Readonly<Record<string, Revoked | undefined>> = {
  unsupported_token_type: 'unsupported',
  invalid_token: 'revoked',
  invalid_grant: 'revoked',
}

function authenticated(
  { oauth, secret }: Client,
  parameters: Readonly<Record<string, string>>,
): { headers: Record<string, string>; body: URLSearchParams } {
  const body = new URLSearchParams(parameters)
  if (secret?.type !== 'oauth_client' || oauth.client_auth === 'post') body.set('client_id', oauth.client_id)
  if (secret?.type !== 'oauth_client') return { headers: {}, body }
  if (oauth.client_auth === 'post') {
    body.set('client_secret', secret.client_secret)
    return { headers: {}, body }
  }
  const pair = `${formEncoded(oauth.client_id)}:${formEncoded(secret.client_secret)}`
  return { headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, body }
}

// RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
const formEncoded = (text: string): string => new URLSearchParams({ _: text }).toString().slice(2)

function busy({ status, headers }: OutboundResponse): Unreachable {
  const given = Number(headers['retry-after'])
  const retryAfterSeconds = Number.isInteger(given) && given > 0 ? Math.min(given, 3600) : 5
  return { unreachable: `status_${status}`, retryAfterSeconds }
}
