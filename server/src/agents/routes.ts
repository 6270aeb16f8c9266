// Method, path, operation.
import type { People } from '../directory/index.ts'
import type { RouteTable } from '../pipeline/index.ts'
import { readCredentials, revokeCredential } from './operations/credentials.ts'
import { issueCredential } from './operations/issue-credential.ts'
import { readAgent, readAgents } from './operations/read-agents.ts'
import { registerAgent } from './operations/register-agent.ts'
import { activateAgent, type CancelApprovals, retireAgent, suspendAgent } from './operations/set-agent-status.ts'
import { updateAgent } from './operations/update-agent.ts'

export const agentRoutes = (people: People, cancelApprovals: CancelApprovals): RouteTable => ({
  tag: 'agents',
  base: '/api/v1',
  audience: '/api',
  routes: [
    { method: 'POST', path: '/agents', operation: registerAgent(people), status: 201 },
    { method: 'GET', path: '/agents', operation: readAgents },
    { method: 'GET', path: '/agents/{id}', operation: readAgent },
    { method: 'PATCH', path: '/agents/{id}', operation: updateAgent(people) },
    { method: 'POST', path: '/agents/{id}/activate', operation: activateAgent(people) },
    { method: 'POST', path: '/agents/{id}/suspend', operation: suspendAgent(cancelApprovals) },
    { method: 'POST', path: '/agents/{id}/retire', operation: retireAgent(cancelApprovals) },
    { method: 'POST', path: '/agents/{id}/credentials', operation: issueCredential, status: 201 },
    { method: 'GET', path: '/agents/{id}/credentials', operation: readCredentials },
    { method: 'DELETE', path: '/agents/{id}/credentials/{credential}', operation: revokeCredential },
  ],
})
