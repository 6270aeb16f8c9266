// Every page.
import type { PageRoute } from '../mount.ts'
import { agentRoutes } from './agents.ts'
import { approvalRoutes } from './approvals.ts'
import { auditRoutes } from './audit.ts'
import { homeRoutes } from './home.ts'
import { myAgentsRoutes } from './my-agents.ts'

export const pageRoutes: readonly PageRoute[] = [
  ...homeRoutes,
  ...myAgentsRoutes,
  ...agentRoutes,
  ...approvalRoutes,
  ...auditRoutes,
]
