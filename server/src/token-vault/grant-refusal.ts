// Why a token endpoint gave no token, told by class: the person's grant is dead, or our registration there is at fault.
// Few providers keep to RFC 6749 §5.2; what they answer for a dead grant differs in status, in place and in words.

export interface Refusal {
  /** A code that is safe to show and to keep; `unreadable` where there is none. */
  error: string
  /** The person must connect the account again: no later attempt can succeed. */
  dead: boolean
}

const CODE = /^[\x21-\x7e]{1,100}$/

/** Members that hold a code, and those that hold words, most telling first. */
const CODES = ['error', 'error_code', 'errorCode', 'code', 'type', 'status', 'category', 'name', 'subcategory']
const WORDS = [
  'error_description',
  'message',
  'detail',
  'description',
  'reason',
  'error_message',
  'errorMessage',
  'title',
]

/** What RFC 6749, OpenID Connect and providers call a grant that is over. */
const DEAD_CODES: ReadonlySet<string> = new Set([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
  'account_selection_required',
  'reauth_required',
  'reauthentication_required',
  'inactive_user',
  'inactive_account',
  'invalid_token',
  'invalid_auth',
  'not_authed',
  'no_permission_for_user',
])

/** Ours to mend, whatever else is said: our id, secret, address or request. */
const OPERATOR_CODE =
  /client(?!_session)|redirect|scope|grant_type|response_type|app_|application|rate|limit|temporar|server|timeout|unavailable/

// A grant, and what stands for one.
const GRANT = 'refresh|grant|token|consent|authorization|authorisation|session|user|account|credential'
const OVER =
  'invalid|bad|expired|revoked|inactive|disabled|deactivated|deleted|suspended|removed|withdrawn|not_found|unknown|unauthorized|used|required'
const DEAD_CODE = new RegExp(
  `(?:${GRANT})s?_(?:is_|was_|has_been_)?(?:${OVER})|(?:${OVER})_(?:access_|oauth_)?(?:${GRANT})`,
)

const DEAD_WORDS = new RegExp(
  `(?:refresh[ _-]?tokens?|grant|authoriz?s?ation(?: code)?|consent|(?:access/refresh|provided|given) token)\\b[^.;]{0,60}?\\b(?:` +
    'invalid|expired|revoked|inactive|unknown|not valid|not found|no longer|withdrawn|disabled|deleted|already (?:been )?used|does not exist' +
    `)|\\b(?:invalid|expired|revoked|bad|unknown|inactive|incorrect)\\b[^.;]{0,30}?\\b(?:refresh[ _-]?token|grant|authoriz?s?ation|access/refresh token)`,
  'i',
)
const OPERATOR_WORDS = /client|secret|redirect|grant[ _]type|\bscopes?\b/i

/** OAuth codes that say too little: words beside them decide. */
const VAGUE: ReadonlySet<string> = new Set([
  'unauthorized_client',
  'invalid_request',
  'bad_request',
  'access_denied',
  'unauthorized',
  'forbidden',
  'error',
  'oauthexception',
  'oauth_exception',
])

/** `said`: the answer's JSON object; undefined for an HTML page and the like, which say nothing about a grant. */
export function refusalOf(status: number, said: Record<string, unknown> | undefined): Refusal {
  if (said === undefined) return { error: 'unreadable', dead: false }
  const members = [said, ...nested(said)]
  const codes = members.flatMap((member) => textsOf(member, CODES))
  const words = members.flatMap((member) => textsOf(member, WORDS))
  const error = codes.find((code) => CODE.test(code) && !/^\d+$/.test(code)) ?? 'unreadable'
  return { error, dead: isDead(status, codes.map(normal), words) }
}

function isDead(status: number, codes: readonly string[], words: readonly string[]): boolean {
  // RFC 6749 §5.2: the client is not known or not authenticated. Nothing of that is the person's to mend.
  if (codes.includes('invalid_client') || status >= 500 || status === 429) return false
  if (codes.some((code) => DEAD_CODES.has(code))) return true
  const [main = ''] = codes
  if (!VAGUE.has(main) && OPERATOR_CODE.test(main)) return false
  if (codes.some((code) => DEAD_CODE.test(code) && !OPERATOR_CODE.test(code))) return true
  return words.some((text) => DEAD_WORDS.test(text) && !OPERATOR_WORDS.test(text))
}

/** `BAD_REFRESH_TOKEN`, `badRefreshToken` and `bad refresh token` are one code. */
const normal = (code: string): string =>
  code
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()

// `{"error": {"code": …, "message": …}}`, and `{"errors": [{…}]}`.
function nested(said: Record<string, unknown>): Record<string, unknown>[] {
  const lists = [said.error, said.errors, said.fault, said.detail].flat()
  return lists.filter((value): value is Record<string, unknown> => typeof value === 'object' && value !== null)
}

const textsOf = (from: Record<string, unknown>, names: readonly string[]): string[] =>
  names.flatMap((name) => {
    const value = from[name]
    return typeof value === 'string' && value !== '' && value.length <= 1000 ? [value] : []
  })
