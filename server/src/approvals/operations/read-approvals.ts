// Looking at requests: one's own, those one may answer, and for some roles all. What is not yours is not found.
import { Approval, ApprovalId, ApprovalQuery, Approvals, ApprovalsWaiting, page } from '@mandate/contract'
import { z } from 'zod'
import type { ApprovalId as Id } from '../../kernel/ids.ts'
import { type Principal, userOf } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import type { Transaction } from '../../platform/database/index.ts'
import { approvalBody, summaryBody } from '../body.ts'
import { mayAnswer, namesOf } from '../eligible.ts'
import type { ApprovalGround } from '../ground.ts'
import { type Answer, type Row, statusOf } from '../model.ts'
import { answersOf, findApproval, listApprovals, waitingFor } from '../store.ts'

const asks = () => [{ action: 'read', resource: 'self:approvals' }]

export const readApprovals = (ground: ApprovalGround) =>
  operation({
    id: 'approvals.list-approvals',
    summary: 'List approvals the caller may answer, is asked for, or may look at; newest first.',
    audit: 'read',
    input: ApprovalQuery,
    output: Approvals,
    asks,
    async reach({ principal, now }, { limit, cursor, status, mine }) {
      const user = userOf(principal)
      const all = mine !== 'true' && ground.seesAll(principal)
      if (!all && user === undefined) throw new Problem('forbidden', { detail: 'No person is here to be asked.' })
      const names = all || user === undefined ? undefined : namesOf(ground, user)
      const { rows, answers } = await ground.database.transaction(async (tx) => {
        const rows = await listApprovals(tx, {
          ...{ names, limit: limit + 1, now: new Date(now) },
          ...(status !== undefined && { status }),
          ...(cursor !== undefined && { after: cursor }),
        })
        return { rows, answers: await answersOf(tx, idsOf(rows)) }
      })
      const bodies = await Promise.all(
        rows.map((row) => summaryBody(ground, { row, answers: of(answers, row), viewer: user })),
      )
      return page(bodies, limit)
    },
  })

const MOST_COUNTED = 99
const MOST_LOOKED_AT = 500

export const countApprovals = (ground: ApprovalGround) =>
  operation({
    id: 'approvals.count-approvals',
    summary: 'How many approvals wait for the caller to answer; 99 stands for that many or more.',
    audit: 'read',
    input: z.strictObject({}),
    output: ApprovalsWaiting,
    asks,
    async reach({ principal, now }) {
      const user = userOf(principal)
      if (user === undefined) throw new Problem('forbidden', { detail: 'No person is here to be asked.' })
      const names = namesOf(ground, user)
      const rows = await ground.database.transaction((tx) =>
        waitingFor(tx, { user, names, limit: MOST_LOOKED_AT, now: new Date(now) }),
      )
      const waiting = rows.filter((row) => mayAnswer(ground, row, user)).length
      return { waiting: Math.min(waiting, MOST_COUNTED) }
    },
  })

const idsOf = (rows: readonly Row[]): Id[] => rows.map(({ id }) => id)
const of = (answers: readonly Answer[], { id }: Row) => answers.filter(({ approval }) => approval === id)

/** The request, if `principal` may see it. Throws `not_found`. */
export async function seenBy(ground: ApprovalGround, tx: Transaction, { id, principal }: Wanted): Promise<Row> {
  const row = await findApproval(tx, id)
  const user = userOf(principal)
  const names = user === undefined ? [] : namesOf(ground, user)
  const seen = row && (ground.seesAll(principal) || row.audience.some((name) => names.includes(name)))
  if (!row || !seen) throw new Problem('not_found')
  return row
}

interface Wanted {
  id: Id
  principal: Principal
}

export const readApproval = (ground: ApprovalGround) =>
  operation({
    id: 'approvals.get-approval',
    summary: 'Read one approval: who asks, for whom, what exactly, and how it was answered.',
    audit: 'read',
    input: z.strictObject({ id: ApprovalId }),
    output: Approval,
    asks,
    async reach({ principal, note, now }, { id }) {
      const { row, answers } = await ground.database.transaction(async (tx) => {
        const row = await seenBy(ground, tx, { id, principal })
        return { row, answers: await answersOf(tx, [id]) }
      })
      note({ approval: id, status: statusOf(row, now) })
      return approvalBody(ground, { row, answers, viewer: userOf(principal) })
    },
  })
