// A person says yes or no. Only a person, only in their own session, only in time, and only to what is still asked.
import { ApprovalAnswer } from '@mandate/contract'
import { z } from 'zod'
import { type Principal, userOf } from '../../kernel/principal.ts'
import { invalid, Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import type { Transaction } from '../../platform/database/index.ts'
import { enough, mayAnswer } from '../eligible.ts'
import type { ApprovalGround } from '../ground.ts'
import { type Row, statusOf } from '../model.ts'
import { counts } from '../standing.ts'
import { answersOf, decide, findApproval, insertAnswer, lockApproval } from '../store.ts'
import { seenBy } from './read-approvals.ts'

const Answered = z.object({ id: z.string(), status: z.string(), decided_at: z.iso.datetime().nullable() })

const answering = (ground: ApprovalGround, answer: 'approve' | 'deny', summary: string) =>
  operation({
    id: `approvals.${answer}`,
    summary,
    audit: 'act',
    input: ApprovalAnswer,
    output: Answered,
    asks: ({ id }) => [{ action: answer, resource: `approval:${id}` }],
    async run({ tx, principal, now, note }, { id, hash, reason }) {
      const user = userOf(principal)
      if (user === undefined) throw new Problem('forbidden', { detail: 'Only a person answers.' })
      await seenBy(ground, tx, { id, principal })
      const row = await lockApproval(tx, id)
      if (!row) throw new Problem('not_found')
      note({ hash: row.hash, action: row.action })
      if (!mayAnswer(ground, row, user))
        throw new Problem('forbidden', { detail: 'You may look at this, but you are not among those who answer it.' })
      if (hash !== undefined && hash !== row.hash)
        throw invalid('hash', 'is not that of this approval; look at it again before you answer')
      refuseClosed(ground, row, { answer, now })
      if (ground.revocations.dead([user, principal.session ?? ''], principal.position ?? 0))
        throw new Problem('unauthenticated', { detail: 'Sign in first.' })
      const at = new Date(now)
      const given = {
        approval: id,
        user_id: user,
        answer,
        reason: reason ?? null,
        session: principal.session ?? null,
        at,
        // What ends for them after this sign-in takes the answer back.
        position: principal.position ?? 0,
        taken_back_at: null,
      }
      if (!(await insertAnswer(tx, given))) throw over('You have answered this already.')
      await conclude(ground, tx, { row, answer, at, principal })
      const { status, decided_at } = (await findApproval(tx, id)) ?? row
      note({ status })
      return { id, status, decided_at: decided_at?.toISOString() ?? null }
    },
  })

export const approve = (ground: ApprovalGround) =>
  answering(ground, 'approve', 'Say yes: the action shown may be done once, in time.')
export const deny = (ground: ApprovalGround) => answering(ground, 'deny', 'Say no: the action shown is not done.')

const over = (detail: string) => new Problem('conflict', { detail })

const CLOSED: Readonly<Record<string, string>> = {
  approved: 'It was approved already.',
  denied: 'Somebody said no already.',
  expired: 'It was not answered in time. Nothing was done.',
  cancelled: 'What asked for this was stopped. Nothing was done.',
  consumed: 'It was approved, and the yes was used.',
}

function refuseClosed(ground: ApprovalGround, row: Row, { answer, now }: { answer: string; now: number }): void {
  const status = statusOf(row, now)
  // While a yes rests, a no still stops it.
  const resting = status === 'approved' && answer === 'deny'
  if (status !== 'pending' && !resting) throw over(CLOSED[status] ?? 'It is over.')
  const stopped = row.agents.some((agent) => ground.agents.standing(agent) !== 'active')
  const left = row.user_id !== null && !ground.people.active(row.user_id)
  if (answer === 'approve' && (stopped || left || ground.revocations.dead(row.links, row.position)))
    throw over(CLOSED.cancelled ?? '')
}

interface Concluding {
  row: Row
  answer: 'approve' | 'deny'
  at: Date
  principal: Principal
}

async function conclude(ground: ApprovalGround, tx: Transaction, { row, answer, at }: Concluding): Promise<void> {
  if (answer === 'deny') return void (await decide(tx, row.id, { status: 'denied', now: at }))
  const yes = (await answersOf(tx, [row.id]))
    .filter((one) => one.answer === 'approve' && counts(ground, one))
    .map(({ user_id }) => user_id)
  if (!enough(ground, row, yes)) return
  const notBefore = row.hold_seconds > 0 ? new Date(at.getTime() + row.hold_seconds * 1000) : undefined
  await decide(tx, row.id, { status: 'approved', now: at, ...(notBefore && { notBefore }) })
}
