// Other systems' credentials and people's accounts there, as one value.
import type { Connections } from '../connections/index.ts'
import type { ConnectionId, UserId } from '../kernel/ids.ts'
import { nothing, type Room } from '../pipeline/index.ts'
import { endAccountsOfBefore, type Which } from './account-store.ts'
import { connectedAccounts, trimAccounts } from './accounts.ts'
import { endEveryAttempt } from './attempt-store.ts'
import { logoutTarget } from './revoke.ts'
import { tokenVaultRoutes } from './routes.ts'
import { type CredentialKeeping, credentialKeeping, type OpenCredential, tokenVault, type UseRefused } from './vault.ts'

export interface TokenVaultDoor {
  open: OpenCredential
  refused: UseRefused
  /** For the connections room: keeps the credentials of connections, and ends what stands on one that is removed. */
  credentials: CredentialKeeping
}

export const tokenVaultRoom: Room<{ connections: Connections }, TokenVaultDoor> = {
  name: 'token-vault',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [
    { table: 'held_credentials', id: 'connection', column: 'sealed' },
    { table: 'accounts', id: 'id', column: 'sealed' },
    { table: 'connect_attempts', id: 'state_hash', column: 'sealed' },
  ],
  transient: [],
  async restored(tx) {
    await endAccountsOfBefore(tx)
    await endEveryAttempt(tx)
  },
  open({ issuer, database, sealing, outbound, changes, now, elapsed, onError }, { connections }) {
    const vault = tokenVault({ database, sealing })
    const { reached } = changes
    const accounts = connectedAccounts({
      database,
      sealing,
      outbound,
      connections,
      issuer,
      openKept: vault.open,
      reached,
      now,
      elapsed,
      onError,
    })
    return {
      door: {
        open: accounts.open,
        refused: accounts.refused,
        credentials: accounts.forgetting(credentialKeeping(sealing)),
      },
      follows: [vault, accounts.follower],
      routes: () => tokenVaultRoutes(accounts),
      mount: nothing,
      jobs: [{ name: 'token-vault.revoke', every: 30, handler: accounts.reviseRevocations }],
      trim: trimAccounts,
      holds: {
        knows: () => false,
        async end(tx, { type, id }) {
          const which = accountsOf(type, id)
          const ids = which ? await accounts.markRevoking(tx, which, now()) : []
          const finish = async () => (await accounts.finishRevoking(ids)).map(logoutTarget)
          return { ended: [], elsewhere: { system: 'accounts', count: ids.length, finish } }
        },
      },
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}

// Accounts are people's: agents reach them with tokens alone, and those are dead.
function accountsOf(type: string, id: string): Which | undefined {
  if (type === 'user') return { user: id as UserId }
  return type === 'connection' ? { connection: id as ConnectionId } : undefined
}
