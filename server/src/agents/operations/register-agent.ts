// An agent becomes known, with a purpose and people who answer for it; it acts only once activated.
import { Agent, NewAgent } from '@mandate/contract'
import type { People } from '../../directory/index.ts'
import { newId } from '../../kernel/ids.ts'
import { operation } from '../../pipeline/index.ts'
import { agentBody } from '../bodies.ts'
import { checkReferences } from '../references.ts'
import { insertAgent } from '../store.ts'

export const registerAgent = (people: People) =>
  operation({
    id: 'agents.register-agent',
    summary: 'Register an agent.',
    audit: 'act',
    input: NewAgent,
    output: Agent,
    asks: () => [{ action: 'create', resource: 'agents' }],
    async run({ tx, now }, agent) {
      await checkReferences(tx, people, agent)
      return agentBody(await insertAgent(tx, { id: newId('agent', now), ...agent }))
    },
  })
