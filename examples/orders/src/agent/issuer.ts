// Finds the authorization server, and what the agent's two errands with it have in common.
import * as oauth from 'openid-client'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** Reads the issuer's metadata. Plain http is for a server on this very machine only. */
export function discover(issuer: string, clientId: string, clientSecret?: string): Promise<oauth.Configuration> {
  const server = new URL(issuer)
  const local = server.protocol === 'http:' && LOOPBACK.includes(server.hostname)
  if (server.protocol !== 'https:' && !local) throw new Error(`${issuer} must be https, or http on loopback`)
  // RFC 6749 §2.3.1: Basic is the one method every server must support.
  const authentication = clientSecret === undefined ? oauth.None() : oauth.ClientSecretBasic(clientSecret)
  return oauth.discovery(server, clientId, undefined, authentication, {
    execute: local ? [oauth.allowInsecureRequests] : [],
  })
}

/** Joins with one slash, whether or not the issuer ends in one. */
export const under = (issuer: string, path: string): string => `${issuer.replace(/\/$/, '')}/${path.replace(/^\//, '')}`
