// The server as an OAuth client sees it.
import * as oauth from 'openid-client'

/** The client that every installation knows for this program: public, with a loopback redirect. */
const CLI_CLIENT = 'mandate-cli'

export const managementAudience = (issuer: string): string => `${issuer.replace(/\/$/, '')}/api`

export async function discover(issuer: string): Promise<oauth.Configuration> {
  const url = new URL(issuer)
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  try {
    return await oauth.discovery(url, CLI_CLIENT, undefined, oauth.None(), {
      algorithm: 'oauth2',
      execute: loopback ? [oauth.allowInsecureRequests] : [],
    })
  } catch (error) {
    throw new Error(`no Mandate server answers at ${issuer} (${(error as Error).message}); is it running?`)
  }
}
