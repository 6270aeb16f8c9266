// Rows as the outside sees them: of a credential never the secret, nor its hash.
import type { AgentRow, CredentialRow } from './store.ts'

export const agentBody = (agent: AgentRow) => ({ ...agent, created_at: agent.created_at.toISOString() })

export const credentialBody = (row: CredentialRow) => ({
  id: row.id,
  type: row.type,
  client_id: row.agent_id,
  ...(row.jwks && { jwks: row.jwks }),
  expires_at: row.expires_at.toISOString(),
  created_at: row.created_at.toISOString(),
  revoked_at: row.revoked_at?.toISOString() ?? null,
})
