// The first machine client, named by the operator.
import type { Database } from '../platform/database/index.ts'
import { secretHash } from './clients.ts'
import { EVERYWHERE } from './grants/client-credentials.ts'
import { insertClient, loadClients } from './store.ts'

/** Adds the operator's machine client where there are no clients yet; false where there are. */
export const bootstrapClient = (database: Database, { id, secret }: { id: string; secret: string }): Promise<boolean> =>
  database.transaction(async (tx) => {
    if ((await loadClients(tx)).length > 0) return false
    await insertClient(tx, {
      id,
      name: 'First machine client',
      type: 'service',
      redirect_uris: [],
      grant_types: ['client_credentials'],
      secret_hash: secretHash(secret),
      profile: null,
      may_act: null,
      access: { [EVERYWHERE]: ['admin'] },
    })
    return true
  })
