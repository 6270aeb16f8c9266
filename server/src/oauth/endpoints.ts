// Which paths are whose: every protocol endpoint of oidc-provider is one operation on the road.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type Provider from 'oidc-provider'
import type { Sessions } from '../authentication/index.ts'
import { type Admission, callOf, type Operation, type Perform, sessionCookieOf } from '../pipeline/index.ts'
import type { Database } from '../platform/database/index.ts'
import { asProblem } from '../platform/http/index.ts'
import { AnsweredRefusal, type ProtocolCall, protocolOperation, type Release } from './protocol.ts'
import { sendRefusal } from './refusal-reply.ts'

export interface EndpointGround {
  issuer: string
  provider: () => Provider
  sessions: Sessions
  database: Database
  /** Whether a client of that id is registered, whatever its state. */
  isClient(id: string): boolean
  admission: Pick<Admission, 'checkClient'>
  onError(error: unknown, correlation: string): void
}

interface Endpoint {
  method: ('GET' | 'POST')[]
  url: string
  operation: Operation
  /** Path that oidc-provider knows it by, when it differs. */
  as?: string
}

function endpoints({ issuer, provider, sessions, database }: EndpointGround): Endpoint[] {
  const act = (id: string, summary: string, before?: (call: ProtocolCall) => Promise<void>) =>
    protocolOperation(provider, { id, summary, audit: 'act', before })
  const question = (id: string, summary: string) => protocolOperation(provider, { id, summary, audit: 'question' })

  const authorize = act('oauth.authorize', 'Begin a sign-in for a client (RFC 6749 §4.1).', takeAudience)
  const resume = act('oauth.authorize-resume', 'Go on with a sign-in after the person answered.')
  const discovery = question('oauth.discovery', 'Authorization server metadata (RFC 8414).')
  const endSession = act(
    'oauth.end-session',
    'Sign out at the request of a client (RP-initiated logout).',
    async (call) => {
      if (!call.request.url?.startsWith('/oidc/logout/confirm') || call.form.logout === undefined) return
      const session = await sessions.find(sessionCookieOf(call.request.headers.cookie, issuer))
      if (session) await database.transaction((tx) => sessions.end(tx, session.id, 'rp_initiated_logout'))
    },
  )
  return [
    { method: ['GET', 'POST'], url: '/authorize', operation: authorize },
    { method: ['GET'], url: '/authorize/:uid', operation: resume },
    {
      method: ['POST'],
      url: '/oauth/token',
      operation: act('oauth.token', 'Issue tokens (RFC 6749, RFC 8693).', takeAudience),
    },
    {
      method: ['POST'],
      url: '/bc-authorize',
      operation: act('oauth.backchannel-authentication', 'Ask a person out of band (CIBA Core 1.0).', takeAudience),
    },
    {
      method: ['POST'],
      url: '/oauth/introspect',
      operation: question('oauth.introspect', 'Whether a token is active (RFC 7662).'),
    },
    { method: ['POST'], url: '/oauth/revoke', operation: act('oauth.revoke', 'Revoke a token (RFC 7009).') },
    {
      method: ['GET', 'POST'],
      url: '/userinfo',
      operation: question('oauth.userinfo', 'Claims about the signed-in person.'),
    },
    { method: ['GET', 'POST'], url: '/oidc/logout', operation: endSession },
    { method: ['POST'], url: '/oidc/logout/confirm', operation: endSession },
    { method: ['GET'], url: '/oidc/logout/success', operation: endSession },
    {
      method: ['GET'],
      url: '/.well-known/jwks.json',
      operation: question('oauth.jwks', 'Public signing keys (RFC 7517).'),
    },
    { method: ['GET'], url: '/.well-known/openid-configuration', operation: discovery },
    {
      method: ['GET'],
      url: '/.well-known/oauth-authorization-server',
      operation: discovery,
      as: '/.well-known/openid-configuration',
    },
  ]
}

/** Mounts the protocol endpoints. Answers are oidc-provider's own; only failures of ours become problem documents. */
export const oauthPlugin = (ground: EndpointGround) => (app: FastifyInstance, perform: Perform) => {
  for (const { method, url, operation, as } of endpoints(ground))
    app.route({
      method,
      url,
      config: { operation: operation.id },
      exposeHeadRoute: false,
      errorHandler: (error, request, reply) => {
        const problem = asProblem(error)
        if (problem.status >= 500) ground.onError(error, request.id)
        return sendRefusal(reply, problem)
      },
      handler: async (request, reply) => {
        if (as) request.raw.url = as
        // oidc-provider writes to the raw response: what every answer carries must be there already.
        for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value as string)
        const form = { ...(request.body as Record<string, unknown> | null) }
        const input: ProtocolCall = {
          request: request.raw,
          form,
          response: reply.raw,
          question: questionOf(ground, request),
        }
        const claimed = input.question.resource.replace(/^client:/, '')
        const call = callOf(request, {
          audience: 'protocol',
          input: () => {
            // Counted for requests that the client proved to be its own: nobody uses up what another may ask.
            if (claimed !== 'unknown') ground.admission.checkClient(claimed)
            return input
          },
        })
        const release = await (perform(operation, call) as Promise<Release>).catch((error: unknown) => {
          if (error instanceof AnsweredRefusal) return error.release
          throw error
        })
        reply.hijack()
        release()
        return reply
      },
    })
}

// What the record of the attempt says: the grant type and client that the request claims. Only names that we know are
// written down: where a name is wrong, a secret may stand in its place, and the log is for ever.
function questionOf({ isClient }: EndpointGround, request: FastifyRequest) {
  const given = { ...(request.query as object), ...(request.body as object | null) } as Record<string, unknown>
  const client = given.client_id ?? basicUser(request.headers.authorization)
  const grant = given.grant_type
  return {
    action: grant === undefined ? (request.routeOptions.url ?? '') : GRANTS.has(grant) ? String(grant) : 'unknown',
    resource: `client:${typeof client === 'string' && isClient(client) ? client : 'unknown'}`,
  }
}

const GRANTS: ReadonlySet<unknown> = new Set([
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:openid:params:grant-type:ciba',
])

function basicUser(authorization: string | undefined): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]{1,400})$/i.exec(authorization ?? '')?.[1]
  const user = encoded && Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0]
  try {
    return user && decodeURIComponent(user)
  } catch {
    return undefined
  }
}

// `audience` means the same as `resource` (CONTRACT §2); oidc-provider knows the latter. Both and different: the grants
// of ours refuse that themselves; here it becomes two resources, which oidc-provider refuses.
async function takeAudience({ request, form }: ProtocolCall): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const inQuery = url.searchParams.get('audience')
  if (inQuery !== null) {
    if (!url.searchParams.getAll('resource').includes(inQuery)) url.searchParams.append('resource', inQuery)
    request.url = `${url.pathname}${url.search}`
  }
  // Auth0's clients send it empty for none.
  if (form.audience === '') delete form.audience
  if (form.audience === undefined || OURS.has(String(form.grant_type))) return
  if (form.resource === undefined) form.resource = form.audience
  else if (form.resource !== form.audience) form.resource = [form.resource, form.audience]
}

const OURS: ReadonlySet<string> = new Set(['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'])
