// A request as people see it: what Mandate verified, and apart from it what the agent says.
import type { Approval, ApprovalSummary } from '@mandate/contract'
import type { UserId } from '../kernel/ids.ts'
import { mayAnswer } from './eligible.ts'
import { type ApprovalGround, placeOf } from './ground.ts'
import { type Answer, type Contents, outcomeOf, type Row, type Summary, statusOf } from './model.ts'
import { sealedOf } from './store.ts'

export interface Seen {
  row: Row
  answers: readonly Answer[]
  /** The person who looks; undefined for a machine. */
  viewer: UserId | undefined
}

/** Reads and opens what was sealed: to be called outside of any transaction. Undefined where it is not kept any more. */
export async function contentsOf(ground: ApprovalGround, { id }: Pick<Row, 'id'>): Promise<Contents | undefined> {
  const sealed = await ground.database.transaction((tx) => sealedOf(tx, id))
  if (sealed === null) return undefined
  return JSON.parse((await ground.sealing.open(sealed, placeOf(id, 'sealed'))).toString('utf8'))
}

async function summaryIn({ sealing }: ApprovalGround, { id, summary }: Row): Promise<Summary> {
  if (summary === null) return { context: {} }
  return JSON.parse((await sealing.open(summary, placeOf(id, 'summary'))).toString('utf8'))
}

/** With everything that was asked. */
export async function approvalBody(ground: ApprovalGround, seen: Seen): Promise<Approval> {
  const summary = await summaryBody(ground, seen)
  const contents = await contentsOf(ground, seen.row)
  const { context = summary.verified.context, message = null, shown = null } = contents ?? {}
  return {
    ...summary,
    verified: { ...summary.verified, context: { ...context }, arguments: shown },
    claimed: { message },
    contents_kept: contents !== undefined,
  }
}

/** What a list shows of it. */
export async function summaryBody(ground: ApprovalGround, { row, answers, viewer }: Seen): Promise<ApprovalSummary> {
  const now = ground.now()
  const { context } = await summaryIn(ground, row)
  const person = (id: UserId) => {
    const known = ground.people.person(id)
    return { id, name: known?.name ?? known?.email ?? id }
  }
  const agents = row.agents.map((id) => {
    const { name = id, purpose = '', risk_class = 'high' } = ground.agents.agent(id) ?? {}
    return { id, name, purpose, risk_class, owners: ground.agents.accountable(id).map(person) }
  })
  const status = statusOf(row, now)
  const answered = answers.some(({ user_id, taken_back_at }) => user_id === viewer && taken_back_at === null)
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
    },
    quorum: Math.max(...row.requirements.all.map(({ quorum }) => quorum)),
    answers: answers.map(({ user_id, answer, at, reason, taken_back_at }) => ({
      ...{ by: person(user_id), answer, reason },
      at: at.toISOString(),
      taken_back_at: taken_back_at?.toISOString() ?? null,
    })),
    may_answer: viewer !== undefined && open && !answered && mayAnswer(ground, row, viewer),
  }
}
