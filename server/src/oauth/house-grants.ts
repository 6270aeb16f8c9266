// Our own grants, registered with oidc-provider, and what JWTs need of its introspection and revocation.
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { revoke } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { AccessTokenClaims } from './access-token.ts'
import { issueOwn, type OwnBusiness, type OwnRequest } from './grants/client-credentials.ts'
import {
  ACCESS_TOKEN_TYPE,
  type ExchangeRequest,
  type Exchanging,
  exchangeToken,
  PARAMETERS,
  TOKEN_EXCHANGE,
} from './grants/token-exchange.ts'
import type { Issued } from './issue.ts'
import { contextOf } from './protocol.ts'
import type { VerifyToken } from './verify.ts'

export interface HouseGrants {
  exchanging: Exchanging
  ownBusiness: OwnBusiness
}

export function registerGrants(provider: Provider, { exchanging, ownBusiness }: HouseGrants): void {
  provider.registerGrantType(
    TOKEN_EXCHANGE,
    async (ctx) => {
      const issued = await exchangeToken(exchanging, clientOf(ctx), ctx.oidc.params as ExchangeRequest)
      answer(ctx, issued, { issued_token_type: ACCESS_TOKEN_TYPE })
    },
    [...PARAMETERS],
  )
  provider.registerGrantType(
    'client_credentials',
    async (ctx) => answer(ctx, issueOwn(ownBusiness, clientOf(ctx), ctx.oidc.params as OwnRequest), {}),
    ['resource', 'audience', 'scope'],
  )
}

const clientOf = (ctx: KoaContextWithOIDC): string => ctx.oidc.client?.clientId ?? ''

function answer(ctx: KoaContextWithOIDC, { token, claims, expiresIn }: Issued, more: Record<string, string>): void {
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
