// The command line asks to manage the house as the person: its one client, and what they are shown each time.
import { type Page, programPage } from '@mandate/console'
import type { FindAudience } from './audiences.ts'
import type { ClientRecord } from './store.ts'

/**
 * Public, known to every installation, redirected to loopback only (RFC 8252 §7.3). Anything on the person's machine can
 * pass for it (RFC 8252 §8.6), so nothing is given to it before the person has said yes, every time.
 */
export const COMMAND_LINE: ClientRecord = {
  id: 'mandate-cli',
  name: 'Mandate command line',
  type: 'native',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  secret_hash: null,
  profile: null,
  may_act: null,
  access: {},
}

/** What oidc-provider keeps of the request (RFC 6749 §4.1.1, RFC 8707 §2). */
export interface AuthorizationAsked {
  redirect_uri?: unknown
  resource?: unknown
  scope?: unknown
}

interface Asking {
  uid: string
  person: string
  audiences: FindAudience
}

export function askForCommandLine({ uid, person, audiences }: Asking, params: AuthorizationAsked): Page {
  const resources = [params.resource].flat().filter((resource) => typeof resource === 'string')
  // Only what can be given is shown: words of the request's own would hide what matters among them.
  const offered = new Set(resources.flatMap((resource) => audiences(resource)?.scopes ?? []))
  const scopes = new Set(String(params.scope ?? '').split(' '))
  return programPage({
    ...{ uid, person, resources, scopes: [...scopes].filter((scope) => offered.has(scope)) },
    redirectUri: String(params.redirect_uri),
  })
}
