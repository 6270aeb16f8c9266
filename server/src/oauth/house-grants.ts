// Our own grants, registered with oidc-provider, and what JWTs need of its introspection and revocation.
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { revoke } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { AccessTokenClaims } from './access-token.ts'
import type { BackchannelGround } from './backchannel.ts'
import { CIBA, redeemRequest } from './grants/ciba.ts'
import { issueOwn, type OwnBusiness, type OwnRequest } from './grants/client-credentials.ts'
import {
  ACCESS_TOKEN_TYPE,
  type ExchangeRequest,
  type Exchanging,
  exchangeToken,
  PARAMETERS,
  TOKEN_EXCHANGE,
} from './grants/token-exchange.ts'
import type { Issued, Issuer } from './issue.ts'
import { contextOf } from './protocol.ts'
import type { Waiting } from './scope-approval.ts'
import type { VerifyToken } from './verify.ts'

export interface HouseGrants {
  exchanging: Exchanging
  ownBusiness: OwnBusiness
  backchannel: BackchannelGround & Issuer
}

export function registerGrants(provider: Provider, { exchanging, ownBusiness, backchannel }: HouseGrants): void {
  provider.registerGrantType(
    TOKEN_EXCHANGE,
    async (ctx) => {
      const request = ctx.oidc.params as ExchangeRequest
      const issued = await exchangeToken(exchanging, { client: clientOf(ctx), attempt: attemptOf(ctx) }, request)
      if ('waits' in issued) answerWaiting(ctx, issued)
      else answer(ctx, issued, { issued_token_type: ACCESS_TOKEN_TYPE })
    },
    [...PARAMETERS],
  )
  provider.registerGrantType(
    'client_credentials',
    async (ctx) => {
      const request = ctx.oidc.params as OwnRequest
      const issued = await issueOwn(ownBusiness, { client: clientOf(ctx), attempt: attemptOf(ctx) }, request)
      if ('waits' in issued) answerWaiting(ctx, issued)
      else answer(ctx, issued, {})
    },
    ['resource', 'audience', 'scope'],
  )
  provider.registerGrantType(
    CIBA,
    async (ctx) => {
      const { auth_req_id: handle } = ctx.oidc.params as { auth_req_id?: string }
      const polled = await redeemRequest(backchannel, { handle, client: clientOf(ctx), attempt: attemptOf(ctx) })
      if ('error' in polled) return answerPending(ctx, polled)
      const { issued, idToken, details } = polled
      answer(ctx, issued, { id_token: idToken, ...(details.length > 0 && { authorization_details: details }) })
    },
    ['auth_req_id'],
  )
}

const attemptOf = (ctx: KoaContextWithOIDC): string => contextOf(ctx.req)?.attempt ?? ''

// Written as bodies and not thrown: the library's errors carry no more than two members.
function answerPending(ctx: KoaContextWithOIDC, { error, interval }: { error: string; interval: number }): void {
  ctx.status = 400
  // Some clients read the header alone, and would never slow down.
  if (error === 'slow_down') ctx.set('retry-after', String(interval))
  const error_description = error === 'slow_down' ? `ask every ${interval} seconds` : 'nobody has answered yet'
  ctx.body = { error, error_description, interval }
}

function answerWaiting(ctx: KoaContextWithOIDC, { approval, uri, expiresAt, scopes }: Waiting): void {
  contextOf(ctx.req)?.note({ approval })
  ctx.status = 400
  ctx.body = {
    error: 'interaction_required',
    error_description: `a person must agree to ${scopes.join(' ')}; send the same request again when they have`,
    ...{ interaction_uri: uri, approval, expires_at: expiresAt },
  }
}

const clientOf = (ctx: KoaContextWithOIDC): string => ctx.oidc.client?.clientId ?? ''

function answer(ctx: KoaContextWithOIDC, { token, claims, expiresIn }: Issued, more: Record<string, unknown>): void {
  noteIssued(ctx, claims)
  ctx.body = { access_token: token, ...more, token_type: 'Bearer', expires_in: expiresIn, scope: claims.scope }
}

/** What the record says of a token: who, for whom, where, by which id; never the token. */
export function noteIssued(ctx: KoaContextWithOIDC, claims: AccessTokenClaims): void {
  contextOf(ctx.req)?.note({
    client: claims.client_id,
    sub: claims.sub,
    audience: claims.aud,
    scopes: claims.scope ?? '',
    jti: claims.jti,
    ...(claims.txn !== undefined && { task: claims.txn }),
    ...(claims.del !== undefined && { delegation: claims.del }),
  })
}

export interface JwtAnswers {
  verify: VerifyToken
  database: Database
  mayIntrospect(client: string, claims: AccessTokenClaims): boolean
  reached(position: number): Promise<unknown>
}

/**
 * oidc-provider stores no JWT access token and refuses to introspect or revoke one, after it has authenticated the
 * client. That refusal is where we answer (RFC 7662 §2.2, RFC 7009 §2.2).
 */
export function answerForJwts(provider: Provider, given: JwtAnswers): void {
  provider.use(async (ctx, next) => {
    await next()
    const { oidc } = ctx as KoaContextWithOIDC
    const client = oidc?.client?.clientId
    const refused = (ctx.body as { error?: string } | undefined)?.error === 'unsupported_token_type'
    const token = oidc?.params?.token
    if (client === undefined || !refused || typeof token !== 'string') return
    const verified = given.verify(token)
    const claims = 'claims' in verified ? verified.claims : undefined
    if (ctx.path === '/oauth/introspect') {
      ctx.status = 200
      ctx.body = claims && given.mayIntrospect(client, claims) ? introspection(claims) : { active: false }
    }
    if (ctx.path === '/oauth/revoke') {
      // Another client's token: answered as if unknown, and left alone (RFC 7009 §2.1).
      if (claims?.client_id === client) await revokeToken(given, claims)
      ctx.status = 200
      ctx.body = ''
    }
  })
}

const introspection = ({ pos: _, lin: __, ...claims }: AccessTokenClaims) => ({
  active: true,
  ...claims,
  token_type: 'Bearer',
})

async function revokeToken({ database, reached }: JwtAnswers, claims: AccessTokenClaims): Promise<void> {
  let position: number | undefined
  await database.transaction(async (tx) => {
    tx.committed((at) => {
      position = at
    })
    revoke(tx, claims.jti, 'token_revoked')
  })
  if (position !== undefined) await reached(position)
}
