// An agent starts, pauses or ends; pausing and ending kill everything issued to it or through it.
import { Agent, AgentId, AgentReason } from '@mandate/contract'
import { z } from 'zod'
import type { People } from '../../directory/index.ts'
import type { AgentId as Id } from '../../kernel/ids.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { revoke } from '../../platform/changes/index.ts'
import type { Transaction } from '../../platform/database/index.ts'
import { agentBody } from '../bodies.ts'
import { after, type Transition } from '../model.ts'
import { type AgentRow, lockAgent, revokeCredentials, updateAgent } from '../store.ts'

export const activateAgent = (people: People) =>
  operation({
    id: 'agents.activate-agent',
    summary: 'Let an agent act, for the first time or again.',
    audit: 'act',
    input: z.strictObject({ id: AgentId }),
    output: Agent,
    asks: ({ id }) => [{ action: 'activate', resource: `agent:${id}` }],
    async run({ tx }, { id }) {
      const { agent, status } = await entering(tx, id, 'activate')
      if (!agent.owners.some((owner) => people.active(owner)))
        throw new Problem('conflict', { detail: 'No owner of the agent is an active person; give it one first.' })
      return agentBody(await updateAgent(tx, id, { status, status_reason: null }))
    },
  })

/** Calls off what the agent asked people for: they are not left with questions whose answer does nothing. */
export type CancelApprovals = (tx: Transaction, agent: Id, now: Date) => Promise<unknown>

const stop = (verb: 'suspend' | 'retire', summary: string) => (cancelApprovals: CancelApprovals) =>
  operation({
    id: `agents.${verb}-agent`,
    summary,
    audit: 'act',
    input: AgentReason.extend({ id: AgentId }),
    output: Agent,
    asks: ({ id }) => [{ action: verb, resource: `agent:${id}` }],
    async run({ tx, now }, { id, reason }) {
      const { status } = await entering(tx, id, verb)
      const agent = await updateAgent(tx, id, { status, status_reason: reason })
      if (status === 'retired') await revokeCredentials(tx, { agent: id, at: new Date(now) })
      revoke(tx, id, `agent_${status}`)
      await cancelApprovals(tx, id, new Date(now))
      return agentBody(agent)
    },
  })

export const suspendAgent = stop('suspend', 'Stop an agent for now and end what was issued to it.')
export const retireAgent = stop('retire', 'End an agent for good, with its credentials and what was issued to it.')

async function entering(
  tx: Transaction,
  id: Id,
  transition: Transition,
): Promise<{ agent: AgentRow; status: AgentRow['status'] }> {
  const agent = await lockAgent(tx, id)
  if (!agent) throw new Problem('not_found')
  const status = after(agent.status, transition)
  if (status === undefined)
    throw new Problem('conflict', { detail: `An agent that is ${agent.status} cannot ${transition}.` })
  return { agent, status }
}
