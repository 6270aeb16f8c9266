// Which fields go with which kind; the rest is refused by name, not ignored.
import type { NewConnection } from '@mandate/contract'
import type { z } from 'zod'
import { invalid } from '../kernel/problem.ts'

type Given = z.output<typeof NewConnection>

const OAUTH2_ONLY = ['client_id', 'client_secret', 'scopes', 'oauth'] as const
const WITH_UPSTREAM: readonly string[] = ['mcp', 'http', 'oauth2']

export function refuseNotOffered(given: Given): void {
  if (given.read_out)
    throw invalid('read_out', 'is not available in this version; credentials are used, never read out')
  if (given.upstream === undefined && WITH_UPSTREAM.includes(given.kind))
    throw invalid('upstream', `must be given for kind ${given.kind}`)
  if (given.kind === 'oauth2') refuseHalfProvider(given)
  else refuseOauth2Only(given)
}

/** Throws `invalid_input` for what other kinds do not have. */
export function refuseOauth2Only(given: Partial<Pick<Given, (typeof OAUTH2_ONLY)[number]>>): void {
  for (const field of OAUTH2_ONLY) if (given[field] !== undefined) throw invalid(field, 'goes with kind oauth2 only')
}

function refuseHalfProvider({ client_id, provider, oauth }: Given): void {
  if (client_id === undefined) throw invalid('client_id', 'must be given for kind oauth2')
  if (provider === undefined && oauth === undefined)
    throw invalid('provider', "must be the provider's issuer URL, or oauth must name its endpoints")
  // Two sources of one truth: which of them counts would be a guess.
  if (provider !== undefined && oauth !== undefined) throw invalid('oauth', 'cannot be given together with provider')
}
