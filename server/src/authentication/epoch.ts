// What a restore ends here: a sign-in of before may have been ended after the archive was made.
import type { Transaction } from '../platform/database/index.ts'
import { deleteSetupLinks, endEverySession } from './store.ts'

/** Ends every session, and takes the links for the first administrator back: one may have been used since. */
export async function endSignIns(tx: Transaction, { now }: { now: number }): Promise<void> {
  await endEverySession(tx, { reason: 'restored', now })
  await deleteSetupLinks(tx)
}
