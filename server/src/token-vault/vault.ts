// Credentials are opened at the moment of use, inside the gateway. Ciphertext is cached; plaintext never is.
import type { Credential } from '@mandate/contract'
import { LRUCache } from 'lru-cache'
import type { Connection } from '../connections/index.ts'
import type { ConnectionId, UserId } from '../kernel/ids.ts'
import { Problem } from '../kernel/problem.ts'
import type { Change, Follower } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { Sealing } from '../platform/sealing/index.ts'
import { deleteSealed, findSealed, type Held, keepSealed, TOPIC } from './store.ts'

/** The connection whose credential is wanted, as the caller knows it. */
export interface Wanted {
  id: ConnectionId
  /** 0 when it has none. */
  credentialVersion: number
}

/**
 * The credential that belongs to the connection as the caller knows it; undefined when that has none. Throws
 * `unavailable` when there is a newer one: it may belong to another upstream than the one the caller knows.
 */
export type OpenKept = (wanted: Wanted) => Promise<Credential | undefined>

/**
 * What goes out to the connection: its credential, or of kind oauth2 the access token of the person the call is for. Throws
 * `not_connected` and `needs_reconnect` where that person has to do something first.
 */
export type OpenCredential = (connection: Connection, user?: UserId) => Promise<Credential | undefined>

/**
 * The outside system answered 401 to this person's access token. The next use renews it, within limits. `invalidToken`:
 * it said that the token is none (RFC 6750 §3.1); one that cannot be renewed is then asked for again.
 */
export type UseRefused = (
  connection: Connection,
  user: UserId | undefined,
  refused: { credential: Extract<Credential, { type: 'api_key' }>; invalidToken: boolean },
) => Promise<void>

/** What the connections room needs in order to hand over a credential it was given. */
export interface CredentialKeeping {
  seal(connection: ConnectionId, credential: Credential): Promise<string>
  keep: typeof keepSealed
  /** The connection is removed, and its credential with it. */
  forget: typeof deleteSealed
  /** Before that: what can be ended elsewhere is ended there. */
  end(connection: ConnectionId): Promise<void>
}

const place = (connection: ConnectionId) => ({ table: 'held_credentials', id: connection, column: 'sealed' })

export const credentialKeeping = (sealing: Sealing): CredentialKeeping => ({
  seal: (connection, credential) => sealing.seal(JSON.stringify(credential), place(connection)),
  keep: keepSealed,
  forget: deleteSealed,
  end: async () => undefined,
})

export interface Vault extends Follower {
  open: OpenKept
}

export function tokenVault({ database, sealing }: { database: Database; sealing: Sealing }): Vault {
  const ciphertexts = new LRUCache<ConnectionId, Held>({ max: 10_000 })
  return {
    topics: [TOPIC],
    async load() {
      return () => ciphertexts.clear()
    },
    apply({ key }: Change) {
      ciphertexts.delete(key as ConnectionId)
    },
    async open({ id, credentialVersion }) {
      if (credentialVersion === 0) return undefined
      let held = ciphertexts.get(id)
      // What was cached before a change that has been seen since is too old; what is newer belongs to what is not seen yet.
      if (held?.version !== credentialVersion) {
        held = await database.transaction((tx) => findSealed(tx, id))
        if (held?.version !== credentialVersion)
          throw new Problem('unavailable', {
            detail: 'The connection was changed just now; try again.',
            headers: { 'retry-after': '1' },
          })
        ciphertexts.set(id, held)
      }
      return JSON.parse((await sealing.open(held.sealed, place(id))).toString('utf8'))
    },
  }
}
