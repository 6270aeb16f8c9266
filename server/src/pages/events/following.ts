// What the change log says, to whoever listens.
import type { Follower } from '../../platform/changes/index.ts'
import type { HouseEvent } from './model.ts'

const APPROVAL = 'approvals.approval'
const REVOCATION = 'revocation'
/** What agents are and may do. */
const ACTIVITY = [
  'agents.agent',
  'agents.credential',
  'connections.connection',
  'connections.resource',
  'access.managed-connection',
]

export function followForEvents(tell: (event: HouseEvent) => void): Follower {
  return {
    topics: [APPROVAL, REVOCATION, ...ACTIVITY],
    async load() {
      // After a gap nobody knows what changed, so everybody looks again.
      return () => {
        for (const kind of ['approval', 'revocation', 'activity'] as const) tell({ kind, data: {} })
      }
    },
    apply({ topic, key, body }) {
      if (topic === REVOCATION) return tell({ kind: 'revocation', data: {} })
      if (topic !== APPROVAL) return tell({ kind: 'activity', data: {} })
      const status = (body as { status?: unknown } | null)?.status
      tell({ kind: 'approval', data: { id: key, ...(typeof status === 'string' && { status }) } })
    },
  }
}
