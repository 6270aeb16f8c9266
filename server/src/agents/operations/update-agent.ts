// An agent's record changes. Whom it may act for and hand on to is judged when a token is issued, so a change of these
// ends the tokens there are.
import { Agent, AgentId, AgentPatch } from '@mandate/contract'
import type { People } from '../../directory/index.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { revoke } from '../../platform/changes/index.ts'
import { agentBody } from '../bodies.ts'
import { checkReferences } from '../references.ts'
import { lockAgent, updateAgent as update } from '../store.ts'

export const updateAgent = (people: People) =>
  operation({
    id: 'agents.update-agent',
    summary: "Change an agent's record; what is left out stays.",
    audit: 'act',
    input: AgentPatch.extend({ id: AgentId }),
    output: Agent,
    asks: ({ id }) => [{ action: 'update', resource: `agent:${id}` }],
    async run({ tx }, { id, ...changes }) {
      const agent = await lockAgent(tx, id)
      if (!agent) throw new Problem('not_found')
      if (agent.status === 'retired') throw new Problem('conflict', { detail: 'The agent is retired.' })
      await checkReferences(tx, people, changes)
      if (changes.assigned !== undefined || changes.may_delegate_to !== undefined) revoke(tx, id, 'agent_changed')
      return agentBody(Object.keys(changes).length === 0 ? agent : await update(tx, id, changes))
    },
  })
