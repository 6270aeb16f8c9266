// What is kept no longer than its table says, and what has run out is written down as such.
import type { Transaction } from '../platform/database/index.ts'
import { closeExpired, deleteContents, deleteOld } from './store.ts'

const KEPT_MS = 400 * 24 * 3_600_000

const CONTENTS_KEPT_MS = 30 * 24 * 3_600_000

export async function trimApprovals(tx: Transaction, now: number): Promise<void> {
  await deleteOld(tx, new Date(now - KEPT_MS))
  await deleteContents(tx, new Date(now - CONTENTS_KEPT_MS))
}

export const expireApprovals = (tx: Transaction, now: number): Promise<void> => closeExpired(tx, new Date(now))
