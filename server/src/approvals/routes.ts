// Method, path, operation.
import type { RouteTable } from '../pipeline/index.ts'
import type { ApprovalGround } from './ground.ts'
import { approve, deny } from './operations/answer-approval.ts'
import { consume } from './operations/consume-approval.ts'
import { countApprovals, readApproval, readApprovals } from './operations/read-approvals.ts'

export const approvalRoutes = (ground: ApprovalGround): RouteTable => ({
  tag: 'approvals',
  base: '/api/v1',
  audience: '/api',
  routes: [
    { method: 'GET', path: '/approvals', operation: readApprovals(ground) },
    { method: 'GET', path: '/approvals/waiting', operation: countApprovals(ground) },
    { method: 'GET', path: '/approvals/{id}', operation: readApproval(ground) },
    { method: 'POST', path: '/approvals/{id}/approve', operation: approve(ground) },
    { method: 'POST', path: '/approvals/{id}/deny', operation: deny(ground) },
    { method: 'POST', path: '/approvals/{id}/consume', operation: consume(ground) },
  ],
})
