// What this version offers of CONTRACT §3; the rest is refused by name, not ignored.
import type { NewConnection } from '@mandate/contract'
import type { z } from 'zod'
import { invalid } from '../kernel/problem.ts'

export function refuseNotOffered(given: z.output<typeof NewConnection>): void {
  if (given.kind === 'oauth2')
    throw invalid('kind', "oauth2 is not available in this version; it comes with the token vault's connect flow")
  if (given.read_out)
    throw invalid('read_out', 'is not available in this version; credentials are used, never read out')
  for (const field of ['client_id', 'client_secret', 'scopes'] as const)
    if (given[field] !== undefined) throw invalid(field, 'goes with kind oauth2 only')
  if (given.upstream === undefined && (given.kind === 'mcp' || given.kind === 'http'))
    throw invalid('upstream', `must be given for kind ${given.kind}`)
}
