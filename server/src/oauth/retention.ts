// What is kept no longer than its table says.
import type { Transaction } from '../platform/database/index.ts'
import { deleteExpired } from './store.ts'

const HOUR_MS = 3_600_000

/** Deletes what oidc-provider kept, grants, tasks and ceilings that are past their retention; for a recurring job. */
export const trimIssued = (tx: Transaction, now: number): Promise<void> =>
  deleteExpired(tx, { entities: new Date(now - HOUR_MS), delegations: new Date(now - 24 * HOUR_MS) })
