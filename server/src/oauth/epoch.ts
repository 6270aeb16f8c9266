// What a restore ends here: everything that was issued before, however it was ended or used since the archive was made.
import type { Transaction } from '../platform/database/index.ts'
import { deleteIssued } from './store.ts'

/**
 * Codes, refresh tokens and grants go. So do the keys: the next start makes new ones, and no JWT or cookie that was signed
 * before, after the archive was made included, verifies any more.
 */
export const endIssued = (tx: Transaction): Promise<void> => deleteIssued(tx)
