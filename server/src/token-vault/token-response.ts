// What token endpoints really answer (RFC 6749 §5), brought into one form.

export interface Granted {
  access_token: string
  /** Null where none came: at a refresh the old one then stays good (§6). */
  refresh_token: string | null
  /** Seconds; null where it was not said, or cannot be believed. */
  expires_in: number | null
  /** Undefined where it is what was asked for (§5.1). */
  scopes: string[] | undefined
}

export type TokenAnswer = Granted | { error: string }

// RFC 6750 §2.1, a little wider: what can stand in a header field and cannot end it.
const TOKEN = /^[\x21-\x7e]{1,16384}$/
const CODE = /^[\x21-\x7e]{1,100}$/
const LONGEST_SECONDS = 10 * 366 * 86_400

/** `error: 'unreadable'` for what is no answer at all. */
export function tokenAnswer(status: number, body: Buffer): TokenAnswer {
  const said = parsed(body)
  if (said === undefined) return { error: 'unreadable' }
  // GitHub, Slack and Zoho say no with 200.
  if (said.error !== undefined || said.ok === false) return { error: codeOf(said.error) }
  if (status < 200 || status > 299) return { error: 'unreadable' }
  const { access_token, refresh_token, token_type } = said
  if (typeof access_token !== 'string' || !TOKEN.test(access_token)) return { error: 'unreadable' }
  // A token that must be proven by a key (DPoP) would be refused as a bearer token everywhere.
  if (typeof token_type === 'string' && /^(dpop|mac|pop)$/i.test(token_type)) return { error: 'unsupported_token_type' }
  const renewable = typeof refresh_token === 'string' && TOKEN.test(refresh_token)
  return {
    access_token,
    refresh_token: renewable ? refresh_token : null,
    expires_in: secondsOf(said.expires_in),
    scopes: scopesOf(said.scope),
  }
}

function parsed(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): string => (typeof error === 'string' && CODE.test(error) ? error : 'unreadable')

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
