// A principal from the access token that an agent holds for a person: verified, as RFC 9068 §4 says.
import type { webcrypto } from 'node:crypto'
import { type AgentId, Principal, type UserId } from './principal.ts'
import { Refused } from './refusals.ts'

export interface AccessTokens {
  /** As the server writes it, byte for byte. */
  issuer: string
  /** The audience the token must have: the resource that asks. */
  audience: string
  /**
   * Whether the sender proved that the token is its own: asked of tokens that are bound to a key or certificate (`cnf`,
   * RFC 9449 and 8705). Without it such tokens are refused, for anybody could have found them.
   */
  proven?(cnf: unknown): boolean | Promise<boolean>
  fetch?: typeof fetch
  now?: () => number
}

interface Key extends webcrypto.JsonWebKey {
  kid?: string
}
interface Claims {
  iss?: unknown
  aud?: unknown
  exp?: unknown
  sub?: unknown
  act?: unknown
  cnf?: unknown
}

const REFRESH_MS = 30_000
/** A key that the issuer took back is trusted no longer than this. */
const KEYS_MS = 10 * 60_000
const DEPTH = 16

/** Turns tokens into principals. Keys are fetched anew every ten minutes, and, seldom, for a token whose key is not known. */
export function accessTokens({ issuer, audience, ...given }: AccessTokens): (token: string) => Promise<Principal> {
  const { fetch: ask = fetch, now = Date.now } = given
  let keys: readonly Key[] = []
  let fetchedAt = Number.NEGATIVE_INFINITY

  async function keyOf(kid: unknown): Promise<Key> {
    const known = () => keys.find((key) => typeof kid === 'string' && key.kid === kid)
    if (now() - fetchedAt >= (known() ? KEYS_MS : REFRESH_MS)) {
      const answer = await ask(`${issuer.replace(/\/$/, '')}/.well-known/jwks.json`, { redirect: 'error' })
      if (!answer.ok) throw new Refused('token_refused', `The keys of the issuer could not be read: ${answer.status}.`)
      keys = ((await answer.json()) as { keys: Key[] }).keys
      fetchedAt = now()
    }
    const key = known()
    if (!key) throw new Refused('token_refused', 'The token is signed with a key that the issuer does not have.')
    return key
  }

  return async (token) => {
    const [head = '', body = '', signature = '', ...rest] = token.split('.')
    const { alg, typ, kid } = jsonOf(head) as { alg?: unknown; typ?: unknown; kid?: unknown }
    if (rest.length > 0 || alg !== 'ES256' || typ !== 'at+jwt')
      throw new Refused('token_refused', 'This is not an access token of the issuer.')
    const key = await keyOf(kid)
    if (!(await isSigned({ key, signed: `${head}.${body}`, signature })))
      throw new Refused('token_refused', 'The token is not signed by the issuer.')
    const claims = jsonOf(body) as Claims
    if (claims.iss !== issuer) throw new Refused('token_refused', 'The token is from another issuer.')
    if (claims.aud !== audience) throw new Refused('token_refused', 'The token is for another audience.')
    if (typeof claims.exp !== 'number' || claims.exp * 1000 <= now())
      throw new Refused('token_refused', 'The token has expired.')
    if (claims.cnf !== undefined && (await given.proven?.(claims.cnf)) !== true)
      throw new Refused('token_refused', 'The token is bound to a sender, and nothing proves that it came from there.')
    return principalOf(claims)
  }
}

function principalOf({ sub, act }: Claims): Principal {
  const agents: AgentId[] = []
  for (let actor = act; actor !== undefined; actor = (actor as Claims).act) {
    if (typeof actor !== 'object' || actor === null || agents.length === DEPTH)
      throw new Refused('token_refused', 'The chain of agents cannot be read.')
    agents.push((actor as { sub: AgentId }).sub)
  }
  if (typeof sub !== 'string' || !sub.startsWith('usr_'))
    throw new Refused('token_refused', 'The token is not for a person: what people may see is not for it.')
  return new Principal({ user: sub as UserId, agents })
}

async function isSigned({ key, signed, signature }: { key: Key; signed: string; signature: string }) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('jwk', key, algorithm, false, ['verify'])
  return crypto.subtle.verify(algorithm, imported, Buffer.from(signature, 'base64url'), Buffer.from(signed))
}

function jsonOf(part: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below, without its text.
  }
  throw new Refused('token_refused', 'The token cannot be read.')
}
