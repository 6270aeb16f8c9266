// Reads an authorization request: what may be shown to the person, what goes back to the client, and what goes nowhere.
import type { Client, Clients } from './clients.ts'
import { once } from './parameters.ts'
import { Refusal } from './refusal.ts'
import { scopesIn } from './scopes.ts'

/** Where an answer may go, once client and redirect URI are known to belong together. */
export interface ReturnAddress {
  client: Client
  redirect_uri: string
  state: string | undefined
}

export interface AuthorizationRequest extends ReturnAddress {
  scopes: string[]
  challenge: string
}

/** A refusal that the client hears of, by way of the browser (RFC 6749 §4.1.2.1). */
export interface Returned extends ReturnAddress {
  error: string
  error_description: string
}

/** Throws a `Refusal` where nothing may be sent to the redirect URI: that is for the person's eyes only. */
export function readAuthorizationRequest(clients: Clients, query: URLSearchParams): AuthorizationRequest | Returned {
  const given = once(query)
  const client = clients.find(given.get('client_id') ?? '')
  if (!client) throw new Refusal(400, 'invalid_request', 'This application is not known here.')
  const redirect_uri = given.get('redirect_uri')
  if (redirect_uri === undefined || !client.redirect_uris.includes(redirect_uri)) {
    throw new Refusal(
      400,
      'invalid_request',
      `${client.name} did not register the address it wants the answer sent to.`,
    )
  }
  const to = { client, redirect_uri, state: given.get('state') }
  const no = (error: string, error_description: string) => ({ ...to, error, error_description })

  const type = given.get('response_type')
  if (type === undefined) return no('invalid_request', 'response_type is missing')
  if (type !== 'code') return no('unsupported_response_type', 'response_type must be code')
  if ((given.get('response_mode') ?? 'query') !== 'query') return no('invalid_request', 'response_mode must be query')
  const challenge = given.get('code_challenge')
  if (challenge === undefined) return no('invalid_request', 'code_challenge is missing: PKCE is required')
  // RFC 7636 §4.3: a missing method means plain, which we do not take.
  if (given.get('code_challenge_method') !== 'S256') return no('invalid_request', 'code_challenge_method must be S256')
  if (!/^[\w-]{43}$/.test(challenge)) return no('invalid_request', 'code_challenge is not a SHA-256 in base64url')
  const scopes = scopesIn(given.get('scope'))
  if (!scopes) return no('invalid_scope', 'a scope is not known here')
  return { ...to, scopes, challenge }
}
