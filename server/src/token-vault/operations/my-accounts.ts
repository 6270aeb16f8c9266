// The signed-in person's accounts at other systems.
import { ConnectedAccounts } from '@mandate/contract'
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { listAccounts } from '../account-store.ts'
import type { Ground } from '../ground.ts'
import { type Account, connectUri, isOauth, standingOf } from '../model.ts'
import { personOf } from './person.ts'

export const readMyAccounts = ({ database, connections, issuer }: Ground) =>
  operation({
    id: 'token-vault.list-my-accounts',
    summary: 'List your connected accounts.',
    audit: 'read',
    input: z.strictObject({}),
    output: ConnectedAccounts,
    asks: () => [{ action: 'read', resource: 'self:accounts' }],
    async reach({ principal }) {
      const user = personOf(principal)
      const accounts = await database.transaction((tx) => listAccounts(tx, user))
      return { items: accounts.flatMap((account) => accountBody(account, { connections, issuer })), next_cursor: null }
    },
  })

function accountBody(account: Account, { connections, issuer }: Pick<Ground, 'connections' | 'issuer'>) {
  const connection = connections.byId(account.connection)
  // Whose connection was removed a moment ago is about to go as well.
  if (!isOauth(connection)) return []
  return [
    {
      id: account.id,
      connection: connection.name,
      user: account.user_id,
      ...standingOf(account, connection),
      scopes: account.scopes.list,
      connected_at: account.connected_at.toISOString(),
      access_expires_at: account.access_expires_at?.toISOString() ?? null,
      connect_uri: connectUri(issuer, connection.name),
    },
  ]
}
