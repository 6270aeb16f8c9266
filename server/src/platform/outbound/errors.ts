// The two ways an outbound request does not come back: we would not send it, or it did not work out.

export type RefusedReason =
  /** Not a clean http(s) URL: userinfo, spaces, backslashes, a trailing dot, another scheme. */
  | 'url'
  /** Plain http to a host that is not allowed by name. */
  | 'insecure'
  /** The host is, or resolves to, an address that is not on the public internet. */
  | 'address'
  /** A method or header that belongs to the connection, not to the request. */
  | 'request'

const REFUSALS: Record<RefusedReason, string> = {
  url: 'only plain http and https URLs without user, spaces or trailing dot are fetched',
  insecure: 'plain http is only used for hosts named in MANDATE_ALLOWED_PRIVATE_HOSTS',
  address: 'the host is not on the public internet; an operator can name it in MANDATE_ALLOWED_PRIVATE_HOSTS',
  request: 'the method or a header of the request is not allowed here',
}

/** Nothing was sent. The message names the host, never path, query, headers or body. */
export class OutboundRefused extends Error {
  readonly reason: RefusedReason
  readonly host: string

  constructor(reason: RefusedReason, host: string) {
    super(`Request to ${host || 'an unreadable URL'} refused: ${REFUSALS[reason]}.`)
    this.name = 'OutboundRefused'
    this.reason = reason
    this.host = host
  }
}

export type FailedReason = 'timeout' | 'too_large' | 'name' | 'connection' | 'tls' | 'protocol' | 'cancelled'

const FAILURES: Record<FailedReason, string> = {
  timeout: 'no complete answer in time',
  too_large: 'the answer is larger than allowed',
  name: 'the host name could not be resolved',
  connection: 'the connection failed',
  tls: 'no trustworthy TLS connection could be made',
  protocol: 'the answer is not valid HTTP',
  cancelled: 'the request was cancelled',
}

/**
 * The request failed. There is no `cause`: the errors underneath carry bytes of the response and certificates;
 * `code` (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, …) is what an operator needs of them.
 */
export class OutboundFailed extends Error {
  readonly reason: FailedReason
  readonly host: string
  readonly code: string | undefined
  /** Whether any of the request may have reached the other side: if so, whether it acted is unknown. */
  readonly sent: boolean

  constructor(reason: FailedReason, { host, code, sent }: { host: string; code?: string; sent: boolean }) {
    super(`Request to ${host} failed: ${FAILURES[reason]}${code ? ` (${code})` : ''}.`)
    this.name = 'OutboundFailed'
    this.reason = reason
    this.host = host
    this.code = code
    this.sent = sent
  }
}

const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO$)/

/** Puts an error of the transport into our words, keeping nothing of it but its code. */
export function failure(error: unknown, { host, sent }: { host: string; sent: boolean }): Error {
  if (error instanceof OutboundFailed || error instanceof OutboundRefused) return error
  const given = error instanceof Error && 'code' in error ? String(error.code) : ''
  // Headers and methods that undici finds malformed: it says so before it writes anything.
  if (given === 'UND_ERR_INVALID_ARG' || given === 'UND_ERR_NOT_SUPPORTED') return new OutboundRefused('request', host)
  const parsing = error instanceof Error && error.name === 'HTTPParserError'
  const code = /^[A-Z0-9_]{1,60}$/.test(given) ? given : undefined
  return new OutboundFailed(parsing && !code?.endsWith('OVERFLOW') ? 'protocol' : reasonOf(code), { host, code, sent })
}

function reasonOf(code = ''): FailedReason {
  if (TLS_CODE.test(code)) return 'tls'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENODATA') return 'name'
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'too_large'
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'timeout'
  if (code.startsWith('HPE_') || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return 'protocol'
  return 'connection'
}
