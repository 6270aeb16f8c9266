// A request as people see it: what Mandate verified, and apart from it what the agent says.
import type { Approval } from '@mandate/contract'
import type { UserId } from '../kernel/ids.ts'
import { mayAnswer } from './eligible.ts'
import { type ApprovalGround, placeOf } from './ground.ts'
import { type Answer, type Contents, outcomeOf, type Row, statusOf } from './model.ts'

export interface Seen {
  row: Row
  answers: readonly Answer[]
  /** The person who looks; undefined for a machine. */
  viewer: UserId | undefined
}

/** Opens what was sealed: to be called outside of any transaction. */
export async function contentsOf({ sealing }: ApprovalGround, row: Pick<Row, 'id' | 'sealed'>): Promise<Contents> {
  return JSON.parse((await sealing.open(row.sealed, placeOf(row.id))).toString('utf8'))
}

export async function approvalBody(ground: ApprovalGround, { row, answers, viewer }: Seen): Promise<Approval> {
  const now = ground.now()
  const { context, message, shown } = await contentsOf(ground, row)
  const person = (id: UserId) => {
    const known = ground.people.person(id)
    return { id, name: known?.name ?? known?.email ?? id }
  }
  const agents = row.agents.map((id) => {
    const { name = id, purpose = '', risk_class = 'high' } = ground.agents.agent(id) ?? {}
    return { id, name, purpose, risk_class, owners: ground.agents.accountable(id).map(person) }
  })
  const status = statusOf(row, now)
  const answered = viewer !== undefined && answers.some(({ user_id }) => user_id === viewer)
  const open = status === 'pending' || (status === 'approved' && row.not_before !== null)
  return {
    ...{ id: row.id, kind: row.kind, status, outcome: outcomeOf(row, now), hash: row.hash },
    created_at: row.created_at.toISOString(),
    notified_at: row.notified_at?.toISOString() ?? null,
    decided_at: row.decided_at?.toISOString() ?? null,
    consumed_at: row.consumed_at?.toISOString() ?? null,
    not_before: row.not_before?.toISOString() ?? null,
    expires_at: row.expires_at.toISOString(),
    verified: {
      agents,
      user: row.user_id && person(row.user_id),
      ...{ task: row.task, action: row.action, target: row.target, effect: row.effect },
      context: { ...context },
      arguments: shown,
    },
    claimed: { message },
    quorum: Math.max(...row.requirements.all.map(({ quorum }) => quorum)),
    answers: answers.map(({ user_id, answer, at, reason }) => ({
      ...{ by: person(user_id), answer, reason },
      at: at.toISOString(),
    })),
    may_answer: viewer !== undefined && open && !answered && mayAnswer(ground, row, viewer),
  }
}
