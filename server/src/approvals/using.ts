// A yes is used: in one transaction it is judged whether those who gave it still may, and written down that it is used up.
import type { Transaction } from '../platform/database/index.ts'
import type { ApprovalGround } from './ground.ts'
import type { Row } from './model.ts'
import { yesStands } from './standing.ts'
import { consumeApproval, decide, lockApproval } from './store.ts'

export type Used = 'used' | 'taken_back' | 'not_usable'

interface Use {
  row: Pick<Row, 'id'>
  hash: string
  /** The attempt it is used for. */
  by: string
  now: number
}

/** `used` once. What stood on a yes that counts no more is called off, so that whoever asks again asks anew. */
export async function useYes(
  ground: ApprovalGround,
  tx: Transaction,
  { row: { id }, hash, by, now }: Use,
): Promise<Used> {
  // Locked first: an end of access that takes answers back waits for us, or we see what it took.
  const row = await lockApproval(tx, id)
  if (row?.status !== 'approved') return 'not_usable'
  if (!(await yesStands(ground, tx, row))) {
    await decide(tx, id, { status: 'cancelled', now: new Date(now) })
    return 'taken_back'
  }
  return (await consumeApproval(tx, { id, hash, by, now: new Date(now) })) ? 'used' : 'not_usable'
}
