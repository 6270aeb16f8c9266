// What people granted: each grant is a family of one code, its rotating refresh tokens and its access tokens, which live and die together.
import { createHash } from 'node:crypto'
import { newSecret } from './credential.ts'
import { Refusal } from './refusal.ts'

export interface Family {
  id: string
  user: string
  client: string
  scopes: string[]
  /** Why nothing of it works any more. */
  ended: 'code_reused' | 'refresh_token_reused' | 'revoked_by_client' | 'revoked_by_user' | null
}

export interface Pair {
  access_token: string
  refresh_token: string
  /** Of the access token, in milliseconds since the epoch. */
  expires_at: number
  scopes: string[]
}

export interface Redeemed {
  family: Family
  pair: Pair
  /** The old refresh token was sent again within its grace, and this is the answer it had. */
  replayed: boolean
}

interface Code {
  family: Family
  redirect_uri: string
  challenge: string
  expires_at: number
  used: boolean
}

interface Refresh {
  family: Family
  used?: { at: number; next: Pair }
}

interface Access {
  family: Family
  scopes: string[]
  expires_at: number
}

export interface Grants {
  /** A person said yes: the code that the client redeems. */
  grant(given: { user: string; client: string; scopes: string[]; redirect_uri: string; challenge: string }): string
  redeem(code: string, by: { client: string; redirect_uri?: string; verifier?: string }): Redeemed
  rotate(refreshToken: string, by: { client: string; narrow(granted: string[]): string[] }): Redeemed
  /** Undefined for an access token that is unknown, expired, revoked, or of a family that ended. */
  access(token: string): { family: Family; scopes: string[] } | undefined
  /** Which family a code or token is of, whatever became of it. */
  familyOf(token: string): Family | undefined
  /** RFC 7009: a refresh token takes its family along, an access token goes alone. */
  revoke(token: string, client: string): void
  /** The user takes it back on our own pages. Returns how many families ended. */
  end(which: { user: string; client?: string }): number
}

const CODE_LIFE_MS = 60_000

export function createGrants(settings: { graceMs: number; accessSeconds: number; now: () => number }): Grants {
  const { graceMs, accessSeconds, now } = settings
  const families: Family[] = []
  const codes = new Map<string, Code>()
  const refreshes = new Map<string, Refresh>()
  const accesses = new Map<string, Access>()

  function issue(family: Family, scopes: string[]): Pair {
    const expires_at = now() + accessSeconds * 1_000
    const pair = { access_token: newSecret('crm_at'), refresh_token: newSecret('crm_rt'), expires_at, scopes }
    accesses.set(pair.access_token, { family, scopes, expires_at })
    refreshes.set(pair.refresh_token, { family })
    return pair
  }

  return {
    grant({ user, client, scopes, redirect_uri, challenge }) {
      const family: Family = { id: `fam_${families.length + 1}`, user, client, scopes, ended: null }
      families.push(family)
      const code = newSecret('crm_code')
      codes.set(code, { family, redirect_uri, challenge, expires_at: now() + CODE_LIFE_MS, used: false })
      return code
    },

    redeem(presented, by) {
      const code = codes.get(presented)
      if (!code || code.family.client !== by.client) throw invalidGrant('the code is not one of yours')
      // RFC 6749 §4.1.2: a second use takes back what the first was given, for one of the two was a thief.
      if (code.used) end(code.family, 'code_reused')
      if (code.used || code.family.ended) throw invalidGrant('the code was used or taken back')
      // One try, right or wrong, so that nobody can look for the verifier.
      code.used = true
      if (code.expires_at <= now()) throw invalidGrant('the code has expired')
      if (by.redirect_uri !== code.redirect_uri) throw invalidGrant('redirect_uri is not the one the code was sent to')
      if (challengeOf(by.verifier) !== code.challenge) throw invalidGrant('code_verifier does not match')
      return { family: code.family, pair: issue(code.family, code.family.scopes), replayed: false }
    },

    rotate(presented, { client, narrow }) {
      const refresh = refreshes.get(presented)
      if (!refresh || refresh.family.client !== client) throw invalidGrant('the refresh token is not one of yours')
      const { family, used } = refresh
      if (family.ended) throw invalidGrant('the grant has ended')
      if (used && now() - used.at < graceMs) return { family, pair: used.next, replayed: true }
      if (used) {
        end(family, 'refresh_token_reused')
        throw invalidGrant('the refresh token was used before: the grant has ended')
      }
      const next = issue(family, narrow(family.scopes))
      refresh.used = { at: now(), next }
      return { family, pair: next, replayed: false }
    },

    access(token) {
      const access = accesses.get(token)
      return access && !access.family.ended && access.expires_at > now() ? access : undefined
    },

    familyOf: (token) => (codes.get(token) ?? refreshes.get(token) ?? accesses.get(token))?.family,

    revoke(token, client) {
      const held = refreshes.get(token) ?? accesses.get(token)
      if (!held) return
      // RFC 7009 §2.1: a token of another client is refused, and stays.
      if (held.family.client !== client) throw invalidGrant('the token was given to another client')
      if (refreshes.has(token)) end(held.family, 'revoked_by_client')
      else accesses.delete(token)
    },

    end({ user, client }) {
      const meant = families.filter(
        (family) => !family.ended && family.user === user && (client === undefined || family.client === client),
      )
      for (const family of meant) end(family, 'revoked_by_user')
      return meant.length
    },
  }
}

function end(family: Family, why: NonNullable<Family['ended']>): void {
  family.ended ??= why
}

// RFC 7636 §4.6; a verifier shorter or longer than §4.1 allows is never right.
const challengeOf = (verifier = ''): string | undefined =>
  /^[\w.~-]{43,128}$/.test(verifier) ? createHash('sha256').update(verifier).digest('base64url') : undefined

const invalidGrant = (message: string): Refusal => new Refusal(400, 'invalid_grant', message)
