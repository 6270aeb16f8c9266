// A connection's provider changes; what was kept for the provider before is not shown to the one after.
import type { ConnectionPatch } from '@mandate/contract'
import type { z } from 'zod'
import { Problem } from '../kernel/problem.ts'
import type { OauthClient } from './model.ts'
import type { ConnectionRow } from './store.ts'

type Patch = z.output<typeof ConnectionPatch>

/** Endpoints are replaced whole: one that is left out is gone, not what it was at another provider. */
export const withProvider = (
  { client_id, scopes, ...endpoints }: OauthClient,
  patch: Pick<Patch, 'client_id' | 'scopes' | 'oauth'>,
): OauthClient => ({
  ...(patch.oauth ?? endpoints),
  client_id: patch.client_id ?? client_id,
  scopes: patch.scopes ?? scopes,
})

/** Throws `conflict` where the client secret that is kept would go to another place, or stand beside another name. */
export function refuseMovedSecret(row: ConnectionRow, patch: Patch): void {
  if (!row.oauth || row.credential_version === 0 || patch.client_secret !== undefined) return
  const next = withProvider(row.oauth, patch)
  const moved =
    next.client_id !== row.oauth.client_id ||
    next.token_endpoint !== row.oauth.token_endpoint ||
    (next.revocation_endpoint !== undefined && next.revocation_endpoint !== row.oauth.revocation_endpoint)
  if (moved)
    throw new Problem('conflict', {
      detail:
        'oauth: the client secret was given for another client or endpoint; give it again together with the new one',
      errors: [{ field: 'client_secret', rule: 'must be given again with another client_id or endpoint for tokens' }],
    })
}
