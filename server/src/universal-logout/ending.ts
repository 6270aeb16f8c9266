// The half of an ending that stands in one transaction: what a subject holds here ends when that commits.
import type { UserId } from '../kernel/ids.ts'
import type { EndedHere, Holder, LogoutSubject } from '../pipeline/index.ts'
import type { Transaction } from '../platform/database/index.ts'

/** The caller revokes the subject itself, first: a replica that knows of the rest then knows of that as well. */
export async function endWhatIsHeld(
  holders: readonly Holder[],
  tx: Transaction,
  subject: LogoutSubject & { reason: string },
): Promise<EndedHere[]> {
  const ended: EndedHere[] = []
  // One after the other: they share the transaction's connection.
  for (const holder of holders) ended.push(await holder.end(tx, subject))
  return ended
}

/** How much of what ended, or is marked to be ended, by system. */
export const countsOf = (parts: readonly EndedHere[]): Record<string, number> =>
  Object.fromEntries(
    parts
      .flatMap(({ ended, elsewhere }) => [...ended, ...(elsewhere ? [elsewhere] : [])])
      .map(({ system, count }) => [system, count]),
  )

/** For the directory: everything of a person who leaves. Accounts elsewhere are ended by the token vault's job. */
export const leaving =
  (holders: () => readonly Holder[]) =>
  async (tx: Transaction, user: UserId): Promise<Record<string, number>> =>
    countsOf(await endWhatIsHeld(holders(), tx, { type: 'user', id: user, reason: 'user_deactivated' }))
