// What a provider says of itself (RFC 8414, OpenID Connect Discovery), believed only where it names the issuer we asked.
import { OauthEndpoints } from '@mandate/contract'
import { z } from 'zod'
import { invalid } from '../kernel/problem.ts'
import type { Outbound } from '../platform/outbound/index.ts'

const LIMIT = 256 * 1024
const TIMEOUT_MS = 10_000

const Metadata = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  revocation_endpoint: z.string().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
})

/** The endpoints of the provider whose issuer URL this is. Throws `invalid_input`, naming `provider`. */
export async function discover(outbound: Pick<Outbound, 'send'>, issuer: string): Promise<OauthEndpoints> {
  for (const url of documentsOf(issuer)) {
    const found = await read(outbound, url)
    if (found === undefined) continue
    const metadata = Metadata.safeParse(found)
    if (!metadata.success) throw invalid('provider', 'has a metadata document without the endpoints of OAuth 2')
    // RFC 8414 §3.3: identical, or somebody describes a server that is not theirs.
    if (metadata.data.issuer !== issuer) throw invalid('provider', 'names another issuer in its metadata document')
    return endpointsFrom(metadata.data)
  }
  throw invalid('provider', 'has no metadata document; give its endpoints as oauth')
}

function documentsOf(issuer: string): string[] {
  if (!/^https?:\/\/[^/?#\\\s]+[^?#\\\s]*$/.test(issuer) || !URL.canParse(issuer))
    throw invalid('provider', "must be the provider's issuer URL for kind oauth2")
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  // RFC 8414 §3.1 puts the well-known part before the path, OpenID Connect Discovery §4 behind it.
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}

async function read(outbound: Pick<Outbound, 'send'>, url: string): Promise<unknown> {
  const headers = { accept: 'application/json' }
  const { status, body } = await outbound
    .send({ method: 'GET', url, headers, timeoutMs: TIMEOUT_MS, maxBytes: LIMIT })
    .catch((error: Error) => {
      throw invalid('provider', error.message)
    })
  if (status !== 200) return undefined
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function endpointsFrom(metadata: z.output<typeof Metadata>): OauthEndpoints {
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const { issuer, authorization_endpoint, token_endpoint, revocation_endpoint } = metadata
  const supported = metadata.authorization_response_iss_parameter_supported
  const parsed = OauthEndpoints.safeParse({
    ...{ issuer, authorization_endpoint, token_endpoint },
    ...(revocation_endpoint !== undefined && { revocation_endpoint }),
    ...(supported !== undefined && { authorization_response_iss_parameter_supported: supported }),
    client_auth: methods.includes('client_secret_basic') || !methods.includes('client_secret_post') ? 'basic' : 'post',
  })
  if (!parsed.success) throw invalid('provider', 'has endpoints that cannot be used')
  return parsed.data
}
