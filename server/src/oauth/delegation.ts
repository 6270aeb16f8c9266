// The first hop of a delegation: may this agent act for this person, and what is the ceiling of it?
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ManagedConnections } from '../access/index.ts'
import type { Agents } from '../agents/index.ts'
import {
  type AgentId,
  type ConnectionId,
  type DelegationId,
  newId,
  type ResourceId,
  type UserId,
} from '../kernel/ids.ts'
import type { Database } from '../platform/database/index.ts'
import type { Audience } from './audiences.ts'
import { accessDenied } from './errors.ts'
import { reachOf } from './scopes.ts'
import { type Delegation, findDelegation, hasConsent, holdConsent, keepDelegation } from './store.ts'

export interface Delegations {
  /** Throws access_denied unless the person consented to the agent or was assigned to it. */
  first(hop: FirstHop): Promise<Delegation>
  find(id: DelegationId): Promise<Delegation | undefined>
  mayActFor(agent: AgentId, user: UserId): Promise<boolean>
}

export interface FirstHop {
  user: UserId
  agent: AgentId
  /** The sign-in it comes of: session, grant or token id. One task per sign-in and agent. */
  root: string
  /** Epoch milliseconds; nothing below lives longer. */
  expiresAt: number
}

export interface DelegationGround {
  database: Database
  agents: Agents
  managed: ManagedConnections
  audienceOf(target: ResourceId | ConnectionId): Audience | undefined
  now(): number
}

const notAllowed = () => accessDenied('the person neither consented to this agent nor was assigned to it')

export function delegations({ database, agents, managed, audienceOf, now }: DelegationGround): Delegations {
  // Rows never change once written, so a cached one is never wrong; its death comes through revocations.
  const byCeiling = new LRUCache<string, Delegation>({ max: 50_000 })
  const byId = new LRUCache<DelegationId, Delegation>({ max: 50_000 })

  const mayActFor = async (agent: AgentId, user: UserId): Promise<boolean> =>
    agents.assigned(agent, user) || (await database.transaction((tx) => hasConsent(tx, user, agent)))

  return {
    mayActFor,
    async first({ user, agent, root, expiresAt }) {
      const resources = reachOf(managed, agent, audienceOf, now())
      const ceiling = createHash('sha256')
        .update(JSON.stringify(Object.entries(resources).sort()))
        .digest('hex')
      const key = `${root} ${user} ${agent} ${ceiling}`
      const known = byCeiling.get(key)
      if (known && known.expires_at > now()) {
        if (!(await mayActFor(agent, user))) throw notAllowed()
        return known
      }
      const kept = await database.transaction(async (tx) => {
        // Held until the commit: a withdrawal waits for it, and ends this delegation with the others it finds.
        if (!agents.assigned(agent, user) && !(await holdConsent(tx, user, agent))) throw notAllowed()
        return keepDelegation(tx, {
          id: newId('delegation', now()),
          root,
          user_id: user,
          agent_id: agent,
          task: newId('task', now()),
          resources,
          ceiling_hash: ceiling,
          expires_at: new Date(expiresAt),
        })
      })
      byCeiling.set(key, kept)
      return kept
    },
    async find(id) {
      const known = byId.get(id)
      if (known) return known
      const found = await database.transaction((tx) => findDelegation(tx, id))
      if (found) byId.set(id, found)
      return found
    },
  }
}
