// Whether a yes still counts when it is to be used: whoever gave it may have been stopped since, or their session ended by force.
import type { Transaction } from '../platform/database/index.ts'
import { enough } from './eligible.ts'
import type { ApprovalGround } from './ground.ts'
import type { Answer, Row } from './model.ts'
import { answersOf } from './store.ts'

/** An answer counts while the person is active and nothing of theirs was ended by force; signing out by oneself is none. */
export const counts = (
  { people, revocations }: Pick<ApprovalGround, 'people' | 'revocations'>,
  { user_id, position, taken_back_at }: Answer,
): boolean => taken_back_at === null && people.active(user_id) && !revocations.dead([user_id], position)

/**
 * Whether those who said yes still carry it. Who has left a group since, or does not own the agent any more, was asked and
 * answered; but where somebody's yes fell, the others must be enough by themselves, as groups and owners are now.
 */
export async function yesStands(ground: ApprovalGround, tx: Transaction, row: Row): Promise<boolean> {
  const yes = (await answersOf(tx, [row.id])).filter(({ answer }) => answer === 'approve')
  const counting = yes.filter((answer) => counts(ground, answer)).map(({ user_id }) => user_id)
  return (counting.length > 0 && counting.length === yes.length) || enough(ground, row, counting)
}
