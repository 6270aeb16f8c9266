// Every agent's terms in memory, kept up to date by the change log.
import type { ManagedConnectionTerms } from '@mandate/contract'
import type { AgentId } from '../kernel/ids.ts'
import type { Change, Follower } from '../platform/changes/index.ts'
import type { ManagedConnections, Target } from './model.ts'
import { loadTerms, TOPIC } from './store.ts'

const NONE: ReadonlyMap<Target, ManagedConnectionTerms> = new Map()

export function followManagedConnections(): Follower & ManagedConnections {
  let byAgent = new Map<AgentId, Map<Target, ManagedConnectionTerms>>()
  const put = (agent: AgentId, target: Target, terms: ManagedConnectionTerms | null) => {
    const targets = byAgent.get(agent) ?? new Map()
    if (terms) targets.set(target, terms)
    else targets.delete(target)
    byAgent.set(agent, targets)
  }
  return {
    topics: [TOPIC],
    async load(tx) {
      const rows = await loadTerms(tx)
      return () => {
        byAgent = new Map()
        for (const { agent, target, terms } of rows) put(agent, target, terms)
      }
    },
    apply({ key, body }: Change) {
      const { target, terms } = body as { target: Target; terms: ManagedConnectionTerms | null }
      put(key as AgentId, target, terms)
    },
    terms: (agent, target) => byAgent.get(agent)?.get(target),
    targets: (agent) => byAgent.get(agent) ?? NONE,
  }
}
