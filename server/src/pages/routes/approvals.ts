// Requests that wait for a person, one of them, and the answer.
import { approvalPage, approvalsPage, type Page } from '@mandate/console'
import type { Approval, Approvals } from '@mandate/contract'
import type { z } from 'zod'
import { orAgain } from '../again.ts'
import type { PageRoute } from '../mount.ts'
import type { Visit } from '../visit.ts'

const LIST = 'approvals.list-approvals'
const RECENT = 30

async function list(visit: Visit): Promise<Page> {
  const { items: waiting } = await visit.do<z.infer<typeof Approvals>>(LIST, { status: 'pending', limit: 200 })
  const { items } = await visit.do<z.infer<typeof Approvals>>(LIST, { limit: 100 })
  const recent = items.filter(({ status }) => status !== 'pending').slice(0, RECENT)
  return approvalsPage({ waiting, recent, now: visit.now })
}

async function one(visit: Visit, refusal?: string): Promise<Page> {
  const approval = await visit.do<Approval>('approvals.get-approval', { id: visit.path.id })
  return approvalPage({
    ...{ approval, now: visit.now },
    ...(refusal !== undefined && { refusal, reason: visit.form.reason ?? '' }),
  })
}

const answering = (verb: 'approve' | 'deny'): PageRoute => ({
  ...{ method: 'POST', path: `/approvals/{id}/${verb}`, guard: `approvals.${verb}` },
  view: (visit) =>
    orAgain(
      async () => {
        const { hash, reason = '' } = visit.form
        // Always sent: a form that does not say what it answers answers nothing that was shown.
        const answer = { id: visit.path.id, hash: hash || 'none', ...(reason.trim() !== '' && { reason }) }
        const { id } = await visit.do<Approval>(`approvals.${verb}`, answer)
        return { location: `/approvals/${id}` }
      },
      (refusal) => one(visit, refusal),
    ),
})

export const approvalRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/approvals', guard: LIST, view: list },
  { method: 'GET', path: '/approvals/{id}', guard: 'approvals.get-approval', view: (visit) => one(visit) },
  answering('approve'),
  answering('deny'),
]
