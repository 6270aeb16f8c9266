// Clients as oidc-provider wants them: applications from their register, agents from theirs.
import type { Agents } from '../agents/index.ts'
import { isId } from '../kernel/ids.ts'
import type { Clients } from './clients.ts'
import { CIBA } from './grants/ciba.ts'
import { TOKEN_EXCHANGE } from './grants/token-exchange.ts'

export interface Registers {
  agents: Agents
  clients: Clients
  now(): number
}

// oidc-provider wants a secret in the metadata of clients that have one; ours are hashes and compared elsewhere.
const KEPT_AS_HASH = 'kept-as-a-hash-and-compared-by-the-house'

export function clientMetadata({ agents, clients, now }: Registers, id: string): Record<string, unknown> | undefined {
  if (isId('agent', id)) return agentMetadata(agents, id, now())
  const client = clients.client(id)
  if (!client) return undefined
  const confidential = client.secret_hash !== null
  const signsIn = client.grant_types.includes('authorization_code')
  return {
    client_id: id,
    client_name: client.name,
    application_type: client.type === 'native' ? 'native' : 'web',
    redirect_uris: client.redirect_uris,
    grant_types: client.grant_types,
    response_types: signsIn ? ['code'] : [],
    token_endpoint_auth_method: confidential ? 'client_secret_basic' : 'none',
    ...(confidential && { client_secret: KEPT_AS_HASH }),
  }
}

/** Undefined for an agent that may not act: it is then no client at all (invariant 4). */
function agentMetadata(agents: Agents, id: `agt_${string}`, now: number): Record<string, unknown> | undefined {
  const agent = agents.agent(id)
  if (!agent || agents.standing(id) !== 'active') return undefined
  const keys = agents.keys(id, now)
  const signsIn = agent.redirect_uris.length > 0
  return {
    client_id: id,
    client_name: agent.name,
    application_type: agent.redirect_uris.some((uri) => uri.startsWith('http:')) ? 'native' : 'web',
    redirect_uris: agent.redirect_uris,
    grant_types: [
      'client_credentials',
      TOKEN_EXCHANGE,
      CIBA,
      ...(signsIn ? ['authorization_code', 'refresh_token'] : []),
    ],
    response_types: signsIn ? ['code'] : [],
    backchannel_token_delivery_mode: 'poll',
    // With a key registered, secrets no longer count: the stronger method wins.
    ...(keys.length > 0
      ? { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys } }
      : { token_endpoint_auth_method: 'client_secret_basic', client_secret: KEPT_AS_HASH }),
  }
}
