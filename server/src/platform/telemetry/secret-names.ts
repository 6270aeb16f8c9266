// Which field names say that their value is a secret. When in doubt they do.

/** A name with one of these words anywhere holds a secret … */
const SECRET_WORDS = new Set(
  `password passwords passwd pwd passphrase secret secrets token tokens credential credentials authorization cookie
  cookies assertion assertions apikey apikeys jwt jws jwe otp totp pin dpop csrf bearer ciphertext plaintext sealed`.split(
    /\s+/,
  ),
)

/** … or with one of these pairs … */
const SECRET_PAIRS = new Set(
  `api key|api keys|private key|private keys|access key|secret key|master key|signing key|encryption key|data key
  |wrapped key|session key|code verifier|user code|device code|authorization code|auth code|verification code
  |recovery code|recovery codes|one time`.split(/\s*\|/),
)

/** … unless it ends in a word that makes it a fact about the secret rather than the secret. */
const FACTS = new Set(
  `id ids type types name names url urls uri uris endpoint endpoints method methods count counts at in expires expiry
  expiration lifetime ttl length size status kind issuer audience supported required policy policies details server
  servers algorithm alg position version vault max min limit used usage fingerprint`.split(/\s+/),
)

const MAX_REMEMBERED = 4_096
const verdicts = new Map<string, boolean>()

/** Whether a field called `name` (any case, any separator) holds a secret. `code` alone is for the caller to judge. */
export function isSecretName(name: string): boolean {
  const known = verdicts.get(name)
  if (known !== undefined) return known
  const verdict = judge(name)
  // Names can come from outside: what is remembered must not grow with them.
  if (verdicts.size >= MAX_REMEMBERED) verdicts.clear()
  if (name.length <= 64) verdicts.set(name, verdict)
  return verdict
}

function judge(name: string): boolean {
  const words = name
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const last = words.at(-1)
  if (last === undefined || FACTS.has(last)) return false
  return words.some((word, i) => SECRET_WORDS.has(word) || SECRET_PAIRS.has(`${word} ${words[i + 1]}`))
}

/**
 * A `code` is an authorization code or a one-time password unless it has the form of a machine's word for what went
 * wrong: `ECONNREFUSED`, `ERR_TLS_X`, `not_found`, `token_vault.connection_expired`.
 */
export const isHarmlessCode = (value: unknown): boolean =>
  typeof value === 'string' && /^(E[A-Z]{3,20}|[A-Z]+(_[A-Z0-9]+)+|[a-z]+([_.][a-z]+)+)$/.test(value)
