// Puts the authorization server together: the provider, our grants, the ceilings, the endpoints.
import type { FastifyInstance } from 'fastify'
import type Provider from 'oidc-provider'
import type { ManagedConnections } from '../access/index.ts'
import type { Agents } from '../agents/index.ts'
import type { Requesting } from '../approvals/index.ts'
import type { Sessions } from '../authentication/index.ts'
import type { Connections } from '../connections/index.ts'
import type { People } from '../directory/index.ts'
import type { ConnectionId, ResourceId, UserId } from '../kernel/ids.ts'
import { isId } from '../kernel/ids.ts'
import { type Admission, below, type Perform } from '../pipeline/index.ts'
import type { Revocations } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { AccessTokenClaims } from './access-token.ts'
import { audiences } from './audiences.ts'
import type { Clients } from './clients.ts'
import { customizer } from './customize.ts'
import { delegations } from './delegation.ts'
import { oauthPlugin } from './endpoints.ts'
import { answerForJwts, registerGrants } from './house-grants.ts'
import type { InteractionGround } from './interaction.ts'
import type { Keys } from './keys.ts'
import { identifyCallers } from './protocol.ts'
import { createProvider } from './provider.ts'
import { liveSignIn } from './sign-in-grants.ts'
import type { VerifyToken } from './verify.ts'

export interface AuthorizationServerGround {
  issuer: string
  keys: Keys
  database: Database
  people: People
  agents: Agents
  clients: Clients
  connections: Connections
  managed: ManagedConnections
  sessions: Sessions
  revocations: Revocations
  verify: VerifyToken
  approvals: Requesting
  admission: Pick<Admission, 'checkClient' | 'countClient'>
  position(): number
  reached(position: number): Promise<unknown>
  now(): number
  onError(error: unknown): void
}

export interface AuthorizationServer {
  interactions: InteractionGround
  plugin(app: FastifyInstance, perform: Perform): void
}

export function authorizationServer(given: AuthorizationServerGround): AuthorizationServer {
  const find = audiences(given.issuer, given.connections)
  const audienceOf = (target: ResourceId | ConnectionId) => {
    const name = isId('connection', target) ? given.connections.byId(target)?.name : undefined
    if (name !== undefined) return find(below(given.issuer, `/mcp/${name}`))
    const resource = isId('resource', target) ? given.connections.resourceById(target) : undefined
    return resource && find(resource.identifier)
  }
  const made = delegations({ ...given, audienceOf })
  const backchannel = { ...given, audiences: find, delegations: () => made }
  const provider = createProvider({
    ...given,
    backchannel,
    audiences: find,
    customize: customizer({ ...given, audiences: find, delegations: made }),
  })
  registerGrants(provider, {
    backchannel,
    ownBusiness: { ...given, audiences: find },
    exchanging: {
      ...given,
      audiences: find,
      delegations: made,
      opaque: (token) => signInToken(given, provider, token),
      signInOf: async ({ lin: [grant] }) => (grant === undefined ? undefined : liveSignIn(given, grant)),
    },
  })
  identifyCallers(provider, given.admission)
  answerForJwts(provider, {
    ...given,
    mayIntrospect: (client, claims) =>
      client === claims.client_id ||
      given.clients.client(client)?.type === 'service' ||
      given.connections.resource(claims.aud)?.agent === client,
  })
  const provide = () => provider
  const isClient = (id: string) =>
    given.clients.client(id) !== undefined || (isId('agent', id) && given.agents.agent(id) !== undefined)
  return {
    interactions: { ...given, audiences: find, provider: provide, delegations: made },
    plugin: (app, perform) => oauthPlugin({ ...given, provider: provide, isClient })(app, perform),
  }
}

// A sign-in without a resource gives an opaque token, good at userinfo. In the hands of the agent it was issued to it
// is also the proof that the person is there.
async function signInToken(
  given: AuthorizationServerGround,
  provider: Provider,
  token: string,
): Promise<AccessTokenClaims | undefined> {
  // Opaque tokens have no dots: a JWT that was refused is not looked up as well.
  if (token.includes('.')) return undefined
  const position = given.position()
  const found = await provider.AccessToken.find(token)
  if (!found?.grantId || !found.clientId || !found.accountId || found.aud) return undefined
  const signIn = await liveSignIn(given, found.grantId)
  if (!signIn || !given.people.active(found.accountId as UserId)) return undefined
  return {
    iss: given.issuer,
    sub: found.accountId,
    aud: below(given.issuer, '/userinfo'),
    exp: found.exp ?? 0,
    iat: found.iat ?? 0,
    jti: found.grantId,
    client_id: found.clientId,
    sid: signIn.session_id,
    pos: position,
    lin: [found.grantId, signIn.session_id],
  }
}
