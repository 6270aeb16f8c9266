// Operations with the ids and shapes of the approvals room, over a map: what its pages need, and what was answered.
import { Approval, ApprovalAnswer, ApprovalQuery, Approvals, ApprovalsWaiting } from '@mandate/contract'
import { z } from 'zod'
import type { Principal } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation, type RouteTable } from '../../pipeline/index.ts'

export interface HeldApprovals {
  table: RouteTable
  held: Map<string, Approval>
  /** `verb id hash reason`, as they came. */
  answers: { verb: string; id: string; hash: string | undefined; reason: string | undefined; by: string }[]
}

export function approvalsInMemory(): HeldApprovals {
  const held = new Map<string, Approval>()
  const answers: HeldApprovals['answers'] = []
  const find = (id: string, { sub }: Principal): Approval => {
    const approval = held.get(id)
    if (approval?.verified.user?.id !== sub) throw new Problem('not_found')
    return approval
  }
  const list = operation({
    id: 'approvals.list-approvals',
    summary: '',
    audit: 'read',
    input: ApprovalQuery,
    output: Approvals,
    asks: () => [{ action: 'read', resource: 'self:approvals' }],
    reach({ principal }, { status }) {
      const mine = [...held.values()].filter(({ verified }) => verified.user?.id === principal.sub)
      return { items: mine.filter((one) => status === undefined || one.status === status), next_cursor: null }
    },
  })
  const count = operation({
    id: 'approvals.count-approvals',
    summary: '',
    audit: 'read',
    input: z.strictObject({}),
    output: ApprovalsWaiting,
    asks: () => [{ action: 'read', resource: 'self:approvals' }],
    reach: ({ principal }) => ({
      waiting: [...held.values()].filter((one) => one.verified.user?.id === principal.sub && one.may_answer).length,
    }),
  })
  const get = operation({
    id: 'approvals.get-approval',
    summary: '',
    audit: 'read',
    input: z.strictObject({ id: ApprovalAnswer.shape.id }),
    output: Approval,
    asks: () => [{ action: 'read', resource: 'self:approvals' }],
    reach: ({ principal }, { id }) => find(id, principal),
  })
  const answer = (verb: 'approve' | 'deny') =>
    operation({
      id: `approvals.${verb}`,
      summary: '',
      audit: 'act',
      input: ApprovalAnswer,
      output: Approval,
      asks: () => [{ action: verb, resource: 'self:approvals' }],
      reach({ principal }, { id, hash, reason }) {
        const approval = find(id, principal)
        if (hash !== approval.hash) throw new Problem('conflict', { detail: 'This is not what was shown.' })
        if (approval.status !== 'pending') throw new Problem('conflict', { detail: 'It was answered already.' })
        answers.push({ verb, id, hash, reason, by: principal.sub })
        const status = verb === 'approve' ? ('approved' as const) : ('denied' as const)
        const answered = { ...approval, status, may_answer: false }
        held.set(id, answered)
        return answered
      },
    })
  const routes: RouteTable['routes'] = [
    { method: 'GET', path: '/approvals', operation: list },
    { method: 'GET', path: '/approvals/waiting', operation: count },
    { method: 'GET', path: '/approvals/{id}', operation: get },
    { method: 'POST', path: '/approvals/{id}/approve', operation: answer('approve') },
    { method: 'POST', path: '/approvals/{id}/deny', operation: answer('deny') },
  ]
  return { held, answers, table: { tag: 'approvals', base: '/api/v1', audience: '/api', routes } }
}

export const waiting = (user: string, more: Partial<Approval> = {}): Approval => ({
  ...{ id: 'apr_0001', kind: 'gateway_call', status: 'pending', outcome: null, hash: 'the-hash-of-the-act' },
  created_at: '2026-07-31T23:58:00.000Z',
  expires_at: '2026-08-01T00:08:00.000Z',
  ...{ notified_at: null, decided_at: null, consumed_at: null, not_before: null },
  verified: {
    agents: [
      {
        ...{ id: 'agt_0001', name: 'Refund bot', purpose: 'Refunds.', risk_class: 'high' },
        owners: [{ id: 'usr_olu01', name: 'Olu' }],
      },
    ],
    user: { id: user, name: 'Dana' },
    ...{ task: null, action: 'refund_order', effect: 'irreversible' },
    target: { name: 'orders', host: 'orders.example.com' },
    context: { amount: 40_000, currency: 'EUR' },
    arguments: { order_id: 'ord_1', amount: 40_000 },
  },
  claimed: { message: null },
  quorum: 1,
  answers: [],
  may_answer: true,
  contents_kept: true,
  ...more,
})
