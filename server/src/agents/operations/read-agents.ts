// Looking agents up.
import { Agent, AgentId, PageQuery, page, pageOf } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { agentBody } from '../bodies.ts'
import { findAgent, listAgents } from '../store.ts'

export const readAgents = operation({
  id: 'agents.list-agents',
  summary: 'List agents.',
  audit: 'read',
  input: PageQuery,
  output: pageOf(Agent),
  asks: () => [{ action: 'read', resource: 'agents' }],
  async run({ tx }, { limit, cursor }) {
    const rows = await listAgents(tx, { after: cursor, limit })
    return page(rows.map(agentBody), limit)
  },
})

export const readAgent = operation({
  id: 'agents.get-agent',
  summary: 'Read one agent.',
  audit: 'read',
  input: z.strictObject({ id: AgentId }),
  output: Agent,
  asks: () => [{ action: 'read', resource: 'agents' }],
  async run({ tx }, { id }) {
    const agent = await findAgent(tx, id)
    if (!agent) throw new Problem('not_found')
    return agentBody(agent)
  },
})
