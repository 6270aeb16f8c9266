// What a universal logout ends beyond tokens: sign-ins of before it never reach the agent or connection again.
import { type Revocations, revoke } from '../platform/changes/index.ts'
import type { Transaction } from '../platform/database/index.ts'
import { invalidGrant } from './errors.ts'
import type { Delegation } from './store.ts'

// Not the id itself: that is also revoked where only tokens end, as when one of an agent's credentials does.
const linkOf = (id: string): string => `sign-ins:${id}`

/** From this transaction's position on, no sign-in of before it reaches `id`. */
export const endSignIns = (tx: Transaction, id: string): void => revoke(tx, linkOf(id), 'universal_logout')

export const taskEnded = () => invalidGrant('the task has ended; the person must sign in again')

/** Throws unless the task is alive and nothing of `reached` (agents, connection, resource) was logged out since the sign-in. */
export function checkSignIn(
  revocations: Revocations,
  { id, task, position }: Delegation,
  reached: readonly string[],
): void {
  // An id is made once, so a revocation of it at any position is after it was made.
  if (revocations.dead([task, id], 0)) throw taskEnded()
  if (revocations.dead(reached.map(linkOf), position))
    throw invalidGrant('a logout ended what this sign-in reached; the person must sign in again')
}
