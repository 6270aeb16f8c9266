// Credentials are opened at the moment of use, inside the gateway. Ciphertext is cached; plaintext never is.
import type { Credential } from '@mandate/contract'
import { LRUCache } from 'lru-cache'
import type { ConnectionId } from '../kernel/ids.ts'
import type { Change, Follower } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { Sealing } from '../platform/sealing/index.ts'
import { deleteSealed, findSealed, keepSealed, TOPIC } from './store.ts'

/** The credential of a connection, or undefined when it has none. */
export type OpenCredential = (connection: ConnectionId) => Promise<Credential | undefined>

/** What the connections room needs in order to hand over a credential it was given. */
export interface CredentialKeeping {
  seal(connection: ConnectionId, credential: Credential): Promise<string>
  keep: typeof keepSealed
  /** The connection is removed, and its credential with it. */
  forget: typeof deleteSealed
}

const place = (connection: ConnectionId) => ({ table: 'held_credentials', id: connection, column: 'sealed' })

export const credentialKeeping = (sealing: Sealing): CredentialKeeping => ({
  seal: (connection, credential) => sealing.seal(JSON.stringify(credential), place(connection)),
  keep: keepSealed,
  forget: deleteSealed,
})

export interface Vault extends Follower {
  open: OpenCredential
}

export function tokenVault({ database, sealing }: { database: Database; sealing: Sealing }): Vault {
  const ciphertexts = new LRUCache<ConnectionId, string>({ max: 10_000 })
  // Counts changes per connection, so that a row read before a change is not cached after it.
  const changed = new Map<ConnectionId, number>()
  return {
    topics: [TOPIC],
    async load() {
      return () => ciphertexts.clear()
    },
    apply({ key }: Change) {
      const connection = key as ConnectionId
      ciphertexts.delete(connection)
      changed.set(connection, (changed.get(connection) ?? 0) + 1)
    },
    async open(connection) {
      let sealed = ciphertexts.get(connection)
      if (sealed === undefined) {
        const before = changed.get(connection)
        sealed = await database.transaction((tx) => findSealed(tx, connection))
        if (sealed === undefined) return undefined
        if (changed.get(connection) === before) ciphertexts.set(connection, sealed)
      }
      return JSON.parse((await sealing.open(sealed, place(connection))).toString('utf8'))
    },
  }
}
