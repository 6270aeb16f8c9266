// What secrets look like inside text. Every pattern runs in time linear in the text, whoever wrote it.

export const REDACTED = '[redacted]'

/** Anything that could begin a secret. Most text has none of it, and this one scan is all that text costs. */
const SUSPICIOUS =
  /eyJ|bearer|basic|dpop|negotiate|mdt_|A[KS]IA|A[BC][IC]A|ABSK|sk[-_]|rk_|whsec|gh[pousr]_|github_pat|glpat|xox|xapp|slack\.com|AIza|ya29|GOCSPX|1\/\/0|4\/0|npm_|hf_|SG\.|PRIVATE KEY|:\/\/|s1\.|=|pass|secret|cookie|authorization|key["'\\]*\s*:|token["'\\]*:|assertion["'\\]*:|verifier["'\\]*:|"(?:d|k|p|q|dp|dq|qi)\\?"/i

/** RFC 7468 §10, also when it is cut short. Goes first: what stands before it may run into its dashes. */
const PRIVATE_KEYS = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g

/** Values that are secrets by themselves, with all that is glued to their end: it may be the start of another. */
const TOKENS = new RegExp(
  `(?:${[
    /eyJ[\w.+/=-]{20,}/, // JWT, JWE, and any other base64 of JSON (RFC 7515 §3.1)
    /mdt_\w{4,}/, // our own
    /\bs1\.[\w-]{1,64}\.[\w-]{40,}(?:\.[\w-]*)?/, // our sealed values
    /A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{12,}/, // AWS key ids
    /ABSK[\w+/=]{20,}/, // Amazon Bedrock
    /(?<![a-z])sk-[\w-]{16,}/, // OpenAI, Anthropic; not `task-…`
    /[sr]k_(?:live|test)_\w{8,}/, // Stripe
    /whsec_[\w+/=-]{8,}/,
    /gh[pousr]_\w{16,}/, // GitHub
    /github_pat_\w{16,}/,
    /glpat-[\w-]{16,}/, // GitLab
    /xox[a-z](?:\.xox[a-z])?-[\w-]{8,}/, // Slack
    /xapp-[\w-]{8,}/,
    /(?<=hooks\.slack\.com\/)[\w/]{8,}/,
    /AIza[\w-]{30,}/, // Google
    /ya29\.[\w-]{8,}/,
    /GOCSPX-[\w-]{8,}/,
    /\b[14]\/\/?0[\w-]{16,}/,
    /npm_\w{30,}/,
    /\bhf_[A-Za-z]{20,}/,
    /\bSG\.[\w-]{16,}\.[\w-]{16,}/, // SendGrid
  ]
    .map(({ source }) => source)
    .join('|')})[\\w+/=~-]*(?:\\.+[\\w+/=~-]+)*`,
  'g',
)

/** A scheme and what follows it (RFC 9110 §11.4), but not a challenge or the words "Bearer token". */
const SCHEMES =
  /\b(bearer|basic|dpop|negotiate)(\s{1,8})(?!realm=|error=|scope=|resource_metadata=|algs=|tokens?\b|auth\w*\b)[\w.~+/=-]{3,}/gi

/** A header in text, to the end of its line. */
const HEADERS =
  /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|dpop)(["'\\]*\s{0,4}:\s{0,4})(?!\[\s{0,4}["'\\])[^\r\n"'\\]+/gi

/** `name=value`: query parameters, form bodies, connection strings, command lines. */
const ASSIGNMENTS =
  /((?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|authorization|api[_-]?key|access[_-]?key|private[_-]?key|signature|x-amz-signature|assertion|verifier|jwt|otp|pin|user[_-]code|device[_-]code|token_hint)["'\\]{0,3}\s{0,4}=\s{0,4}["'\\]{0,3})(?!\[redacted\])[^\s&,;"'\\)}\]]+/gi

/** A `code` that is not a number of few digits or a machine's word for what went wrong ("exit code=1"). */
const CODES =
  /\b((?:[cC]ode|CODE)=)(?!(?:\d{1,3}|E[A-Z]{3,20}|[A-Z]+(?:_[A-Z0-9]+)+|[a-z]+(?:[_.][a-z]+)+)(?!\w))[^\s&"'\\#,;)}]+/g

/** `key` and `sig` only where they are parameters of a URL. */
const PARAMETERS = /([?&](?:key|sig)=)[^\s&"'\\#]+/gi

/** `"name": "value"` in text that holds JSON, escaped once or more or not at all. */
const MEMBERS =
  /((?:pass(?:word|wd|phrase)|pwd|secret|token|credentials?|authorization|api[_-]?key|access[_-]?key|private[_-]?key|assertion|verifier|cookie|otp|user_?code|device_?code|token_hint|"(?:d|k|p|q|dp|dq|qi))\\{0,7}["']\s{0,4}:\s{0,4}\[?\s{0,4}\\{0,7}["'])[^"'\\]+/gi

/** `password: hunter2` in prose. Not for words like "token", which prose needs. */
const PROSE =
  /\b((?:password|passwd|passphrase|client_secret|api[_-]?key)\s{0,2}:\s{1,2})(?!\[redacted\])[^\s"'\\,;{[]+/gi

/** User and password of a URL (RFC 3986 §3.2.1). Outside http the password may hold whatever was forgotten to be escaped. */
const USERINFO = /(:\/\/)[^\s/?#"'<>@]+@/g
const LOOSE_USERINFO = /\b((?!https?:)[a-z][a-z0-9+.-]{1,30}:\/\/)[^\s"'<>@]{1,512}@/gi

/** `text` without the secrets in it; the same string if there are none. */
export function redactText(text: string): string {
  if (!SUSPICIOUS.test(text)) return text
  return text
    .replace(PRIVATE_KEYS, REDACTED)
    .replace(TOKENS, REDACTED)
    .replace(HEADERS, `$1$2${REDACTED}`)
    .replace(SCHEMES, `$1$2${REDACTED}`)
    .replace(USERINFO, `$1${REDACTED}@`)
    .replace(LOOSE_USERINFO, `$1${REDACTED}@`)
    .replace(ASSIGNMENTS, `$1${REDACTED}`)
    .replace(CODES, `$1${REDACTED}`)
    .replace(PARAMETERS, `$1${REDACTED}`)
    .replace(MEMBERS, `$1${REDACTED}`)
    .replace(PROSE, `$1${REDACTED}`)
}
