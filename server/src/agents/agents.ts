// Every agent in memory, kept up to date by the change log.

import type { People } from '../directory/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { AgentId } from '../kernel/ids.ts'
import type { Change, Follower } from '../platform/changes/index.ts'
import type { Agent, Agents, CredentialId, HeldCredential } from './model.ts'
import { hashAmong, hashSecret } from './secrets.ts'
import { loadAgents, TOPICS } from './store.ts'

export function followAgents({ people, clock }: { people: People; clock: Clock }): Follower & Agents {
  let agents = new Map<AgentId, Agent>()
  let credentials = new Map<AgentId, Map<CredentialId, HeldCredential>>()

  const keep = (credential: HeldCredential) => {
    const held = credentials.get(credential.agent) ?? new Map<CredentialId, HeldCredential>()
    credentials.set(credential.agent, held.set(credential.id, credential))
  }
  const usable = (id: AgentId, nowMs: number): HeldCredential[] => {
    const agent = agents.get(id)
    if (!agent || agent.status === 'retired') return []
    return [...(credentials.get(id)?.values() ?? [])].filter(({ expiresAt }) => expiresAt > nowMs)
  }
  const accountable = (id: AgentId) => agents.get(id)?.owners.filter((owner) => people.active(owner)) ?? []

  return {
    topics: Object.values(TOPICS),
    async load(tx) {
      const loaded = await loadAgents(tx)
      return () => {
        agents = new Map(loaded.agents.map((agent) => [agent.id, agent]))
        credentials = new Map()
        for (const credential of loaded.credentials) keep(credential)
      }
    },
    apply({ topic, key, body }: Change) {
      if (topic === TOPICS.agent) agents.set(key as AgentId, body as Agent)
      if (topic === TOPICS.credential) {
        const change = body as HeldCredential | { agent: AgentId; revoked: true }
        if ('revoked' in change) credentials.get(change.agent)?.delete(key as CredentialId)
        else keep(change)
      }
    },
    agent: (id) => agents.get(id),
    all: () => agents.values(),
    standing(id) {
      const status = agents.get(id)?.status ?? 'unknown'
      return status === 'active' && accountable(id).length === 0 ? 'unowned' : status
    },
    assigned(id, user) {
      const assigned = agents.get(id)?.assigned
      if (!assigned || !people.active(user)) return false
      if (assigned.everyone || assigned.users.includes(user)) return true
      const groups = people.groupsOf(user)
      return assigned.groups.some((group) => groups.has(group))
    },
    accountable,
    secretMatches(id, secret, nowMs = clock.now()) {
      const hashes = usable(id, nowMs).flatMap(({ secretHash }) => (secretHash === null ? [] : [secretHash]))
      return hashAmong(hashSecret(secret), hashes)
    },
    keys: (id, nowMs = clock.now()) => usable(id, nowMs).flatMap(({ keys }) => keys),
    mayDelegateTo: (id) => new Set(agents.get(id)?.may_delegate_to),
    maxDepth: (id) => agents.get(id)?.max_delegation_depth ?? 0,
  }
}
