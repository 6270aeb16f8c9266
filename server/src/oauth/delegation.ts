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
  type TaskId,
  type UserId,
} from '../kernel/ids.ts'
import type { Revocations } from '../platform/changes/index.ts'
import type { Database, Transaction } from '../platform/database/index.ts'
import type { Audience } from './audiences.ts'
import { accessDenied } from './errors.ts'
import { reachOf } from './scopes.ts'
import { checkSignIn, taskEnded } from './sign-in-ends.ts'
import {
  type Delegation,
  findDelegation,
  hasConsent,
  holdConsent,
  keepDelegation,
  keepTask,
  replaceTask,
  type TaskRow,
} from './store.ts'

export interface Delegations {
  /** Throws access_denied unless the person consented to the agent or was assigned to it. */
  first(hop: FirstHop): Promise<Delegation>
  find(id: DelegationId): Promise<Delegation | undefined>
  /** Throws invalid_grant when the task has ended, or what is `reached` was logged out since the sign-in. */
  check(delegation: Delegation, reached: readonly string[]): void
  mayActFor(agent: AgentId, user: UserId): Promise<boolean>
}

export interface FirstHop {
  user: UserId
  agent: AgentId
  /** The session in which the person signed in, or the approval. One task per session and agent, until it ends. */
  session: string
  /** The grant of that sign-in, or the approval. */
  grant: string
  /** Of the change log, when the person signed in or was asked. */
  position: number
  /** Epoch milliseconds; nothing below lives longer. */
  expiresAt: number
}

export interface DelegationGround {
  database: Database
  agents: Agents
  managed: ManagedConnections
  revocations: Revocations
  audienceOf(target: ResourceId | ConnectionId): Audience | undefined
  now(): number
}

const notAllowed = () => accessDenied('the person neither consented to this agent nor was assigned to it')

export function delegations(ground: DelegationGround): Delegations {
  const { database, agents, managed, revocations, audienceOf, now } = ground
  // Rows never change once written, so a cached one is never wrong; its death comes through revocations.
  const byCeiling = new LRUCache<string, Delegation>({ max: 50_000 })
  const byId = new LRUCache<DelegationId, Delegation>({ max: 50_000 })

  const mayActFor = async (agent: AgentId, user: UserId): Promise<boolean> =>
    agents.assigned(agent, user) || (await database.transaction((tx) => hasConsent(tx, user, agent)))

  return {
    mayActFor,
    check: (delegation, reached) => checkSignIn(revocations, delegation, reached),
    async first(hop) {
      const { user, agent, grant, position, expiresAt } = hop
      const resources = reachOf(managed, agent, audienceOf, now())
      const ceiling = createHash('sha256')
        .update(JSON.stringify(Object.entries(resources).sort()))
        .digest('hex')
      const key = `${grant} ${user} ${agent} ${ceiling}`
      const known = byCeiling.get(key)
      if (known && known.expires_at > now()) {
        if (!(await mayActFor(agent, user))) throw notAllowed()
        checkSignIn(revocations, known, [])
        return known
      }
      const kept = await database.transaction(async (tx) => {
        // Held until the commit: a withdrawal waits for it, and ends this delegation with the others it finds.
        if (!agents.assigned(agent, user) && !(await holdConsent(tx, user, agent))) throw notAllowed()
        return keepDelegation(tx, {
          id: newId('delegation', now()),
          root: grant,
          user_id: user,
          agent_id: agent,
          task: await taskOf(ground, tx, hop),
          resources,
          ceiling_hash: ceiling,
          expires_at: new Date(expiresAt),
          position,
        })
      })
      checkSignIn(revocations, kept, [])
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

/** Throws invalid_grant for a sign-in of before its task ended; one of after begins another task. */
async function taskOf({ revocations, now }: DelegationGround, tx: Transaction, hop: FirstHop): Promise<TaskId> {
  const { session, user, agent, position, expiresAt } = hop
  const fresh: TaskRow = {
    root: session,
    user_id: user,
    agent_id: agent,
    task: newId('task', now()),
    expires_at: new Date(expiresAt),
  }
  const task = await keepTask(tx, fresh)
  if (!revocations.dead([task], 0)) return task
  if (revocations.dead([task], position)) throw taskEnded()
  await replaceTask(tx, fresh)
  return fresh.task
}
