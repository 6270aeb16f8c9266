// The half of an ending that stands in one transaction: what a subject holds here ends when that commits.
import type { AccountId, ConnectionId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { LogoutGround, Subject } from './ground.ts'

export type EndingGround = Pick<LogoutGround, 'endSessions' | 'endGrants' | 'cancelApprovals' | 'now'> & {
  accounts: Pick<LogoutGround['accounts'], 'markRevoking'>
}

export interface Ended {
  sessions: number
  grants: number
  approvals: number
  /** To be finished at their providers, outside the transaction; what nobody finishes, a recurring job does. */
  accounts: AccountId[]
}

/** The link itself is killed by the caller, first: whoever has heard of the rest has heard of it. */
export async function endWhatIsHeld(
  ground: EndingGround,
  tx: Transaction,
  { reason, ...subject }: Subject & { reason: string },
): Promise<Ended> {
  return {
    sessions: await endSessions(ground, tx, { ...subject, reason }),
    grants: await endGrants(ground, tx, subject),
    approvals: await ground.cancelApprovals(tx, subject.id, new Date(ground.now())),
    accounts: await closeAccounts(ground, tx, subject),
  }
}

/** For the directory: everything of a person who leaves. How much of what, for the log. */
export const leaving =
  (ground: EndingGround) =>
  async (tx: Transaction, user: UserId): Promise<Record<'sessions' | 'grants' | 'approvals' | 'accounts', number>> => {
    const ended = await endWhatIsHeld(ground, tx, { type: 'user', id: user, reason: 'user_deactivated' })
    return { ...ended, accounts: ended.accounts.length }
  }

async function endSessions(ground: EndingGround, tx: Transaction, { type, id, reason }: Subject & { reason: string }) {
  if (type === 'user') return ground.endSessions(tx, { user: id as UserId }, reason)
  return type === 'session' ? ground.endSessions(tx, { session: id }, reason) : 0
}

async function endGrants(ground: EndingGround, tx: Transaction, { type, id }: Subject): Promise<number> {
  if (type === 'user') return ground.endGrants(tx, { user: id as UserId })
  if (type === 'agent' || type === 'client') return ground.endGrants(tx, { client: id })
  return type === 'session' ? ground.endGrants(tx, { session: id }) : 0
}

// Accounts are people's: an agent reaches them with tokens only, and those are dead.
async function closeAccounts(ground: EndingGround, tx: Transaction, { type, id }: Subject): Promise<AccountId[]> {
  if (type === 'user') return ground.accounts.markRevoking(tx, { user: id as UserId }, ground.now())
  if (type === 'connection') return ground.accounts.markRevoking(tx, { connection: id as ConnectionId }, ground.now())
  return []
}
