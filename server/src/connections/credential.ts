// A credential as it was given becomes the one form that is sealed; no rule ever shows a value.
import type { ConnectionKind, Credential, GivenCredential } from '@mandate/contract'
import { invalid } from '../kernel/problem.ts'
import { isStdio } from './upstream.ts'

// RFC 9110 §5.6.2: token.
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// They frame the message, name its target, or speak for the connection itself: a credential must not.
const FORBIDDEN = new Set(
  `accept accept-encoding connection content-encoding content-length content-type cookie cookie2 date expect forwarded
   host keep-alive last-event-id set-cookie te trailer transfer-encoding upgrade via`.split(/\s+/),
)
const FORBIDDEN_PREFIXES = ['mcp-', 'proxy-', 'sec-', 'x-forwarded-']

/** Throws `invalid_input` where the header or prefix cannot be sent. */
export function normalise(given: GivenCredential): Credential {
  if (typeof given === 'string') return { type: 'api_key', header: 'Authorization', prefix: 'Bearer ', value: given }
  if ('username' in given) return { type: 'basic', username: given.username, password: given.password }
  const { value, header } = given
  if (header !== undefined) checkHeader(header)
  return { type: 'api_key', header: header ?? 'Authorization', prefix: prefixOf(given), value }
}

function checkHeader(header: string): void {
  const name = header.toLowerCase()
  if (!HEADER.test(header)) throw invalid('credential.header', 'must be the name of a header field')
  if (FORBIDDEN.has(name) || FORBIDDEN_PREFIXES.some((prefix) => name.startsWith(prefix)))
    throw invalid('credential.header', 'is not a header that can carry a credential')
}

function prefixOf({ header, prefix }: { header?: string; prefix?: string }): string {
  if (prefix === undefined) return header === undefined ? 'Bearer ' : ''
  const scheme = (header ?? 'authorization').toLowerCase() === 'authorization' && /^[A-Za-z0-9-]+$/.test(prefix)
  // RFC 9110 §11.4: a space parts the scheme from what follows.
  return scheme ? `${prefix} ` : prefix
}

/** Throws `invalid_input` for a credential that this kind of connection, or its upstream, cannot use. */
export function checkFits(
  given: GivenCredential | undefined,
  to: { kind: ConnectionKind; upstream?: string | null },
): void {
  const { kind, upstream } = to
  // People's own tokens are what is sent there; a credential beside them would go out for everybody.
  if (kind === 'oauth2' && given !== undefined)
    throw invalid('credential', 'cannot be given for kind oauth2, where people connect their own accounts')
  if (given === undefined) {
    if (kind === 'api_key' || kind === 'basic') throw invalid('credential', `must be given for kind ${kind}`)
    return
  }
  const basic = typeof given === 'object' && 'username' in given
  if (kind === 'none') throw invalid('credential', 'cannot be given for kind none')
  if (kind === 'api_key' && basic)
    throw invalid('credential', 'must be a text or {value, header?, prefix?} for kind api_key')
  if (kind === 'basic' && !basic) throw invalid('credential', 'must be {username, password} for kind basic')
  if (!isStdio(upstream)) return
  const plain =
    typeof given === 'string' || ('value' in given && given.header === undefined && given.prefix === undefined)
  // It becomes an environment variable of the child process, where there are no headers.
  if (!plain) throw invalid('credential', 'must be a text or {value} for a stdio upstream')
}
