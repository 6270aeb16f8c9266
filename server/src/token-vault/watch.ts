// Accounts as they were last read, and everyone who waits for one to change. Ciphertext only; fed by the change log.
import { LRUCache } from 'lru-cache'
import type { ConnectionId, UserId } from '../kernel/ids.ts'
import type { Change, Follower } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'
import { ACCOUNT_TOPIC, type AccountChange, findInUse } from './account-store.ts'
import type { Account } from './model.ts'

export interface Waiting {
  /** Resolves at the next change, or after so many milliseconds. */
  within(ms: number): Promise<void>
  /** Waits no longer. */
  over(): void
}

export interface Watch extends Follower {
  /** The account in use, if there is one. */
  inUse(connection: ConnectionId, user: UserId): Promise<Account | undefined>
  forget(connection: ConnectionId, user: UserId): void
  /** Of this account, or of what stands in its place. Counts from now: a change before `within` is not missed. */
  next(account: Pick<Account, 'connection' | 'user_id'>): Waiting
}

export function watchAccounts(database: Database): Watch {
  const known = new LRUCache<string, { account: Account | undefined }>({ max: 50_000 })
  const waiting = new Map<string, Set<() => void>>()
  let changes = 0
  const keyOf = (connection: ConnectionId, user: UserId) => `${connection} ${user}`
  const wake = (key: string) => {
    for (const resolve of waiting.get(key) ?? []) resolve()
  }
  return {
    topics: [ACCOUNT_TOPIC],
    async load() {
      return () => {
        changes++
        known.clear()
        for (const key of waiting.keys()) wake(key)
      }
    },
    apply({ body }: Change) {
      const { connection, user } = body as AccountChange
      changes++
      known.delete(keyOf(connection, user))
      wake(keyOf(connection, user))
    },
    async inUse(connection, user) {
      const key = keyOf(connection, user)
      const found = known.get(key)
      if (found) return found.account
      const before = changes
      const account = await database.transaction((tx) => findInUse(tx, connection, user))
      // What changed while it was read may be this: it is used once, and read again by the next.
      if (before === changes) known.set(key, { account })
      return account
    },
    forget: (connection, user) => void known.delete(keyOf(connection, user)),
    next({ connection, user_id }) {
      const key = keyOf(connection, user_id)
      const { promise, resolve } = Promise.withResolvers<void>()
      const all = waiting.get(key) ?? new Set()
      waiting.set(key, all.add(resolve))
      const over = () => {
        all.delete(resolve)
        if (all.size === 0 && waiting.get(key) === all) waiting.delete(key)
        resolve()
      }
      return {
        async within(ms) {
          const timer = setTimeout(resolve, ms)
          await promise
          clearTimeout(timer)
        },
        over,
      }
    },
  }
}
