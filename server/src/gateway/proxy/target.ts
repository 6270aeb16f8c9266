// Where a proxied request goes: the path that is judged is the path that is sent, and it reads one way only.
import { invalid } from '../../kernel/problem.ts'

const LIMIT = 8192

export interface ProxyTarget {
  /** Absolute, in the normal form of RFC 3986 §6.2.2; below the upstream's own path. */
  path: string
  /** As it was written, without `?`. */
  query: string | undefined
}

/** From the request line as it came. What is wrong inside the segments is for `operationFor` to refuse. */
export function targetOf(url: string, connection: string): ProxyTarget {
  const prefix = `/proxy/${connection}`
  if (url.length > LIMIT) throw invalid('path', `must have ${LIMIT} characters or fewer, query included`)
  // A proxy in front, or the router, may have understood an escaped or absolute form of it.
  if (!url.startsWith(`${prefix}/`)) throw invalid('path', `must start with ${prefix}/, written plainly`)
  if (/[^!-~]|[\\#]/.test(url)) throw invalid('path', 'must be made of URL characters')
  const rest = url.slice(prefix.length)
  const at = rest.indexOf('?')
  return at < 0
    ? { path: normal(rest), query: undefined }
    : { path: normal(rest.slice(0, at)), query: rest.slice(at + 1) }
}

// One spelling per path: what needs no escape is written without (§2.3), what does in capitals (§2.1).
function normal(path: string): string {
  return path.replace(/%([0-9A-Fa-f]{2})/g, (escaped, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    // `%2e` stays for the judge of segments to see, who refuses dots that were hidden.
    return /[A-Za-z0-9\-_~]/.test(character) ? character : escaped.toUpperCase()
  })
}

/** The upstream's own path and the proxied one, with one slash between. */
export const joined = (upstream: string, { path, query }: ProxyTarget): string =>
  `${upstream.replace(/\/$/, '')}${path}${query === undefined ? '' : `?${query}`}`
