// A provider's endpoints: URLs that people are sent to and that our client secret and people's tokens go to.
import type { OauthEndpoints } from '@mandate/contract'
import { invalid } from '../kernel/problem.ts'
import type { CheckUpstream } from './model.ts'

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'revocation_endpoint'] as const

/**
 * Throws `invalid_input` for an endpoint that is no plain URL (RFC 6749 §3.1, §3.2: no fragment) or may not be reached.
 * `field` is what the caller gave: a discovered endpoint is as foreign as a typed one (CVE-2025-6514).
 */
export async function checkEndpoints(
  oauth: OauthEndpoints,
  field: string,
  checkUpstream: CheckUpstream,
): Promise<void> {
  for (const name of ENDPOINTS) {
    const url = oauth[name]
    if (url === undefined) continue
    const rule = formRule(url) ?? (await checkUpstream(url))
    if (rule !== undefined) throw invalid(`${field}.${name}`, rule)
  }
  if (oauth.authorization_response_iss_parameter_supported && oauth.issuer === undefined)
    throw invalid(`${field}.issuer`, 'must be given where the provider sends iss')
}

function formRule(url: string): string | undefined {
  if (!/^https?:\/\/[^/]/.test(url) || !/^[!-~]+$/.test(url) || url.includes('\\') || !URL.canParse(url))
    return 'must be an https URL'
  return url.includes('#') ? 'must have no fragment' : undefined
}
