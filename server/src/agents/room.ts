// Which agents exist, as one value.
import type { People } from '../directory/index.ts'
import { isId } from '../kernel/ids.ts'
import { nothing, type Room } from '../pipeline/index.ts'
import { followAgents } from './agents.ts'
import { holdAgent } from './hold.ts'
import type { Agents } from './model.ts'
import type { CancelApprovals } from './operations/set-agent-status.ts'
import { agentRoutes } from './routes.ts'

export interface AgentsGiven {
  people: People
  cancelApprovals: CancelApprovals
}

export const agentsRoom: Room<AgentsGiven, { agents: Agents }> = {
  name: 'agents',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [],
  transient: [],
  restored: nothing,
  open({ clock }, { people, cancelApprovals }) {
    const agents = followAgents({ people, clock })
    return {
      door: { agents },
      follows: [agents],
      routes: () => [agentRoutes(people, cancelApprovals)],
      mount: nothing,
      jobs: [],
      trim: nothing,
      holds: {
        knows: ({ type, id }) => type === 'agent' && agents.agent(id as `agt_${string}`) !== undefined,
        end: async () => ({ ended: [] }),
        hold: async (tx, { id, reason }) => (isId('agent', id) ? holdAgent(tx, id, reason) : undefined),
      },
      start: nothing,
      drain: () => undefined,
      cutOff: nothing,
      stop: nothing,
    }
  },
}
