// The connection's credential on its way out, and a watch that it does not come back.
import type { Credential } from '@mandate/contract'

/** Too short to be told from ordinary text. */
const SHORTEST_WATCHED = 8

export function credentialHeaders(credential: Credential | undefined): Record<string, string> {
  if (!credential) return {}
  if (credential.type === 'api_key')
    return { [credential.header.toLowerCase()]: `${credential.prefix}${credential.value}` }
  // What we are at a provider is no business of the upstream's.
  if (credential.type === 'oauth_client') return {}
  return { authorization: `Basic ${basic(credential)}` }
}

/** Whether bytes of an upstream hold the credential: servers that echo their headers must not hand it to agents. */
export function echoes(credential: Credential | undefined, bytes: Buffer | string): boolean {
  return secretsOf(credential).some((secret) => bytes.includes(secret))
}

export function secretsOf(credential: Credential | undefined): string[] {
  if (!credential) return []
  return held(credential).filter(({ length }) => length >= SHORTEST_WATCHED)
}

function held(credential: Credential): string[] {
  if (credential.type === 'oauth_client') return [credential.client_secret]
  return credential.type === 'api_key' ? [credential.value] : [credential.password, basic(credential)]
}

// RFC 7617 §2.1.
const basic = ({ username, password }: { username: string; password: string }): string =>
  Buffer.from(`${username}:${password}`, 'utf8').toString('base64')
