// What token endpoints really answer (RFC 6749 §5), brought into one form.
import { type Refusal, refusalOf } from './grant-refusal.ts'

export interface Granted {
  access_token: string
  /** Null where none came: at a refresh the old one then stays good (§6). */
  refresh_token: string | null
  /** Seconds; null where it was not said, or cannot be believed. */
  expires_in: number | null
  /** Undefined where it is what was asked for (§5.1). */
  scopes: string[] | undefined
}

export type TokenAnswer = Granted | Refusal

export interface Expected {
  /** Member of the answer that holds the person's token, `authed_user` at Slack; undefined where it stands at the top. */
  personToken?: string | undefined
  /** A refresh of the person's own token: the answer is about that one alone. */
  renewing?: boolean
}

type Json = Record<string, unknown>

// RFC 6750 §2.1, a little wider: what can stand in a header field and cannot end it.
const TOKEN = /^[\x21-\x7e]{1,16384}$/
const LONGEST_SECONDS = 10 * 366 * 86_400
const DEEPEST = 4

const refused = (error: string): Refusal => ({ error, dead: false })

/** `error: 'unreadable'` for what is no answer at all. */
export function tokenAnswer(status: number, body: Buffer, expected: Expected = {}): TokenAnswer {
  const said = parsed(body)
  if (said === undefined) return refusalOf(status, undefined)
  // GitHub, Slack and Zoho say no with 200.
  const saysNo = said.error !== undefined || said.errors !== undefined || said.ok === false
  if (saysNo || status < 200 || status > 299) return refusalOf(status, said)
  const from = ofPerson(said, expected)
  return 'error' in from ? from : grantedBy(from.member)
}

/** The part of the answer that is the person's. Throws nothing: what cannot be told apart is refused. */
function ofPerson(said: Json, { personToken, renewing }: Expected): { member: Json } | Refusal {
  const top = said.access_token !== undefined
  if (personToken !== undefined) {
    const member = personToken === '' ? said : memberAt(said, personToken)
    if (member?.access_token !== undefined) return { member }
    // A refresh of Slack's user token is answered at the top, where it is the only token there is.
    return renewing && top && tokensIn(said) === 1 && !isBot(said) ? { member: said } : refused('no_person_token')
  }
  if (tokensIn(said) > 1) return refused('ambiguous_tokens')
  return isBot(said) ? refused('bot_token') : { member: said }
}

const isBot = ({ token_type }: Json): boolean => typeof token_type === 'string' && /^(bot|app)$/i.test(token_type)

function memberAt(said: Json, path: string): Json | undefined {
  let at: unknown = said
  for (const name of path.split('.')) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
  return isObject(at) ? at : undefined
}

/** Access tokens anywhere in the answer. */
function tokensIn(value: unknown, depth = 0): number {
  if (depth > DEEPEST || typeof value !== 'object' || value === null) return 0
  const own = !Array.isArray(value) && typeof (value as Json).access_token === 'string' ? 1 : 0
  return Object.values(value).reduce((sum: number, inner) => sum + tokensIn(inner, depth + 1), own)
}

function grantedBy({ access_token, refresh_token, token_type, expires_in, scope }: Json): TokenAnswer {
  if (typeof access_token !== 'string' || !TOKEN.test(access_token)) return refused('unreadable')
  // A token that must be proven by a key (DPoP) would be refused as a bearer token everywhere.
  if (typeof token_type === 'string' && /^(dpop|mac|pop)$/i.test(token_type)) return refused('unsupported_token_type')
  const renewable = typeof refresh_token === 'string' && TOKEN.test(refresh_token)
  return {
    access_token,
    refresh_token: renewable ? refresh_token : null,
    expires_in: secondsOf(expires_in),
    scopes: scopesOf(scope),
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(body: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isObject(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function secondsOf(given: unknown): number | null {
  const seconds = typeof given === 'string' && /^\d{1,12}$/.test(given) ? Number(given) : given
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return null
  return Math.min(Math.floor(seconds), LONGEST_SECONDS)
}

// Spaces by the standard; commas at GitHub and Slack; a list at Twitch.
function scopesOf(given: unknown): string[] | undefined {
  const parts = typeof given === 'string' ? given.split(/[\s,]+/) : Array.isArray(given) ? given : undefined
  return parts
    ?.filter((part): part is string => typeof part === 'string' && part !== '' && part.length <= 200)
    .slice(0, 200)
}
