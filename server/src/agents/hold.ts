// A universal logout stops the agent in its own transaction: it is suspended, and activating it releases it.
import type { AgentId } from '../kernel/ids.ts'
import type { Held } from '../pipeline/index.ts'
import type { Transaction } from '../platform/database/index.ts'
import { lockAgent, updateAgent } from './store.ts'

/** Suspends the agent if it is active. One that was stopped before stays as it is. */
export async function holdAgent(tx: Transaction, id: AgentId, reason: string): Promise<Held> {
  const agent = await lockAgent(tx, id)
  if (agent?.status === 'active') await updateAgent(tx, id, { status: 'suspended', status_reason: reason })
  const releasable = agent !== undefined && agent.status !== 'retired'
  return { release: releasable ? `POST /api/v1/agents/${id}/activate` : null }
}
