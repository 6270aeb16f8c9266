// What is kept no longer than its table says.
import type { Transaction } from '../platform/database/index.ts'
import { deleteBefore } from './store.ts'
import { FORGET_AFTER_MS } from './throttle.ts'

const SESSIONS_KEPT_MS = 7 * 24 * 3_600_000

/** Deletes sessions, attempts and setup links that are past their retention; for a recurring job. */
export const trimSignIns = (tx: Transaction, now: number): Promise<void> =>
  deleteBefore(tx, {
    sessions: new Date(now - SESSIONS_KEPT_MS),
    attempts: new Date(now - FORGET_AFTER_MS),
    links: new Date(now),
  })
