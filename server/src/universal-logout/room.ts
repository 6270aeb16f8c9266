// End everything a subject holds, everywhere: as one value.
import type { UserId } from '../kernel/ids.ts'
import { type Holder, nothing, type Room } from '../pipeline/index.ts'
import type { Transaction } from '../platform/database/index.ts'
import { leaving } from './ending.ts'
import { logoutRoutes } from './routes.ts'

export interface LogoutGiven {
  /** What the rooms hold; asked for when every room is open. */
  holders(): readonly Holder[]
}

export interface LogoutDoor {
  /** Ends what a person who leaves holds, in the caller's transaction; how much of what. */
  leaving(tx: Transaction, user: UserId): Promise<Readonly<Record<string, number>>>
}

export const logoutRoom: Room<LogoutGiven, LogoutDoor> = {
  name: 'universal-logout',
  migrations: undefined,
  sealed: [],
  transient: [],
  restored: nothing,
  open({ database, changes, now }, { holders }) {
    const ground = { database, holders, confirmed: changes.confirmed, now }
    return {
      door: { leaving: leaving(holders) },
      follows: [],
      routes: () => [logoutRoutes(ground)],
      mount: nothing,
      jobs: [],
      trim: nothing,
      holds: undefined,
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}
