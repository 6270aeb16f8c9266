// oidc-provider, configured: sign-in with code and PKCE, refresh; our own grants take the place of its client
// credentials and add token exchange. Koa stays in here (ADR 0001).
import Provider, { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import type { Agents } from '../agents/index.ts'
import type { Sessions } from '../authentication/index.ts'
import type { People } from '../directory/index.ts'
import type { UserId } from '../kernel/ids.ts'
import { sessionCookieOf } from '../pipeline/index.ts'
import type { Revocations } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { FindAudience } from './audiences.ts'
import { askPerson, type BackchannelGround, checkBindingMessage, detailsIn, personAsked } from './backchannel.ts'
import { clientMetadata } from './client-metadata.ts'
import type { Clients } from './clients.ts'
import { COMMAND_LINE } from './command-line.ts'
import type { Keys } from './keys.ts'
import { oidcStore } from './oidc-store.ts'
import { liveGrantOf, liveSignIn } from './sign-in-grants.ts'

export interface ProviderGround {
  issuer: string
  keys: Keys
  database: Database
  people: People
  agents: Agents
  clients: Clients
  sessions: Sessions
  revocations: Revocations
  audiences: FindAudience
  position(): number
  now(): number
  backchannel: BackchannelGround
  /** Claims that our JWTs carry beside those of oidc-provider. Throws the protocol's error to refuse the token. */
  customize(ctx: KoaContextWithOIDC, token: IssuedByProvider, payload: Record<string, unknown>): Promise<void>
  onError(error: unknown): void
}

/** What oidc-provider tells of a JWT access token it is about to sign. */
export interface IssuedByProvider {
  accountId?: string
  clientId: string
  grantId?: string
}

const HOUR = 3600
const SIGN_IN_SECONDS = 12 * HOUR

export function createProvider(given: ProviderGround): Provider {
  const store = oidcStore(given.database, given.now)
  const configuration: Configuration = {
    adapter: (kind: string) =>
      (kind === 'Client'
        ? { ...store(kind), find: async (id: string) => clientMetadata(given, id) }
        : kind === 'BackchannelAuthenticationRequest'
          ? { ...store(kind), upsert: async () => undefined }
          : store(kind)) as never,
    jwks: {
      keys: [...given.keys.byKid.values()].map(({ jwk, kid }) => ({ ...jwk, kid, use: 'sig', alg: 'ES256' })),
    } as never,
    // An issuer that signs with ES256 only must say so, or clients are refused for their default RS256.
    clientDefaults: { id_token_signed_response_alg: 'ES256', grant_types: [], response_types: [] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    cookies: {
      keys: [...given.keys.cookies],
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: '/' },
      short: { signed: true, httpOnly: true, sameSite: 'lax', path: '/' },
    },
    scopes: ['openid', 'offline_access', 'email', 'profile'],
    claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    // RFC 6749 §4.1.3: said when asking, the redirect must be said again when redeeming.
    allowOmittingSingleRegisteredRedirectUri: false,
    rotateRefreshToken: true,
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: false },
      // On by default there; advertised, they would be promises that our grants and endpoints do not keep.
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      ciba: {
        enabled: true,
        deliveryModes: ['poll'],
        processLoginHint: (ctx, hint) => personAsked(given.backchannel, ctx.oidc.client?.clientId ?? '', hint ?? ''),
        // Signed hints need an issuer of them that we know; there is none yet.
        processLoginHintToken: async () => undefined,
        verifyUserCode: async () => undefined,
        validateBindingMessage: async (_, message) => checkBindingMessage(message),
        validateRequestContext: async (ctx) => void detailsIn(ctx),
        triggerAuthenticationDevice: (ctx, _, account) => askPerson(given.backchannel, ctx, account.accountId),
      },
      revocation: { enabled: true, allowedPolicy: async (_, client, token) => token.clientId === client.clientId },
      introspection: {
        enabled: true,
        allowedPolicy: async (_, client, token) =>
          mayIntrospect(given, client.clientId, token.clientId ?? '') && (await counts(given, token)),
      },
      rpInitiatedLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // MCP clients may leave the resource out at the token endpoint: the one they were granted is meant.
        useGrantedResource: async () => true,
        defaultResource: async (_, __, oneOf) => oneOf?.[0],
        getResourceServerInfo: async (_, identifier, client) => resourceServer(given, identifier, client.clientId),
      },
    },
    findAccount: async (_, sub, token) => {
      // Codes, refresh tokens and opaque access tokens name their grant: they count no longer than its sign-in does.
      const { grantId } = (token ?? {}) as { grantId?: string }
      if (grantId !== undefined && !(await liveSignIn(given, grantId))) return undefined
      const person = given.people.active(sub as UserId) ? given.people.person(sub as UserId) : undefined
      return (
        person && { accountId: sub, claims: async () => ({ sub, email: person.email, name: person.name ?? undefined }) }
      )
    },
    formats: {
      customizers: {
        jwt: async (ctx: KoaContextWithOIDC, token: unknown, parts: { payload: Record<string, unknown> }) =>
          given.customize(ctx, token as IssuedByProvider, parts.payload),
      } as never,
    },
    interactions: { policy: policyFor(given), url: (_, { uid }) => `/interaction/${uid}` },
    loadExistingGrant: (ctx) => liveGrantOf(given, ctx),
    routes: {
      authorization: '/authorize',
      backchannel_authentication: '/bc-authorize',
      end_session: '/oidc/logout',
      introspection: '/oauth/introspect',
      jwks: '/.well-known/jwks.json',
      revocation: '/oauth/revoke',
      token: '/oauth/token',
      userinfo: '/userinfo',
    },
    ttl: {
      AccessToken: (_, token) => token.resourceServer?.accessTokenTTL ?? HOUR,
      AuthorizationCode: 60,
      BackchannelAuthenticationRequest: 300,
      Grant: SIGN_IN_SECONDS,
      IdToken: HOUR,
      Interaction: 600,
      RefreshToken: SIGN_IN_SECONDS,
      Session: SIGN_IN_SECONDS,
    },
    renderError: async (ctx, out) => {
      ctx.type = 'json'
      ctx.body = out
    },
  }
  const provider = new Provider(given.issuer, configuration)
  // It believes the forwarded headers, which are ours: see given-again.ts.
  provider.proxy = true
  // Secrets are kept as hashes, and an agent may have two at once.
  provider.Client.prototype.compareClientSecret = async function (this: { clientId: string }, secret: string) {
    return given.agents.agent(this.clientId as `agt_${string}`)
      ? given.agents.secretMatches(this.clientId as `agt_${string}`, secret, given.now())
      : given.clients.secretMatches(this.clientId, secret)
  } as never
  provider.on('server_error', (_, error) => given.onError(error))
  return provider
}

/** Opaque tokens count no longer than the sign-in they came of. */
const counts = async (given: ProviderGround, token: object): Promise<boolean> => {
  const { grantId } = token as { grantId?: string }
  return grantId !== undefined && (await liveSignIn(given, grantId)) !== undefined
}

const mayIntrospect = ({ clients }: ProviderGround, asking: string, holder: string): boolean =>
  asking === holder || clients.client(asking)?.type === 'service'

/**
 * What a client may ask for at sign-in and at each refresh; an agent's grants are judged again at issue (`customize`).
 * Signing people in to an application gives it nothing in the house (RFC 8707 §2): only the command line asks for that.
 */
function resourceServer(given: ProviderGround, identifier: string, client: string) {
  const audience = given.audiences(identifier)
  const refused =
    (audience?.kind === 'house' && client !== COMMAND_LINE.id) ||
    (audience?.kind === 'connection' && !client.startsWith('agt_'))
  if (!audience || refused) throw new errors.InvalidTarget()
  return {
    scope: audience.scopes.join(' '),
    audience: identifier,
    accessTokenTTL: audience.seconds,
    accessTokenFormat: 'jwt' as const,
    jwt: { sign: { alg: 'ES256' as const } },
  }
}

// oidc-provider's own session only shadows ours: when ours is gone, is another person's, or is older than the request
// wants, people sign in again.
function policyFor({ issuer, sessions }: ProviderGround) {
  const policy = interactionPolicy.base()
  const { Check } = interactionPolicy
  policy.get('login')?.checks.add(
    new Check('first_party_session', 'End-User authentication is required', async (ctx: KoaContextWithOIDC) => {
      const session = await sessions.find(sessionCookieOf(ctx.req.headers.cookie, issuer))
      const same = session !== undefined && session.user === ctx.oidc.session?.accountId
      return same ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
    }),
  )
  // Native applications are registered by an administrator here, as all are; the standing consent prompt for them would
  // be answered by us without showing anything. The command line alone is not registered by anybody.
  policy.get('consent')?.checks.remove('native_client_prompt')
  policy
    .get('consent')
    ?.checks.add(
      new Check('command_line', 'the person must say yes to the command line', 'consent_required', (ctx) =>
        ctx.oidc.client?.clientId === COMMAND_LINE.id && !ctx.oidc.result?.consent
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT,
      ),
    )
  return policy
}
