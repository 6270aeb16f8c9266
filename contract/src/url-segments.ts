// URL paths as segments that every server reads the same way; a path that could be read in two ways is refused.

/** Says which rule a URL path breaks. */
export class PathAmbiguous extends Error {
  override readonly name = 'PathAmbiguous'
}

// RFC 3986 §3.3: pchar without `;`, whose parameters some servers cut off before they look.
const SEGMENT = /^(?:[A-Za-z0-9\-._~!$&'()*+,=:@]|%[0-9A-Fa-f]{2})+$/
// What a second decoding by another server would turn into a delimiter, a dot segment or another escape.
const ENCODED_TWICE = /%(?:2[eEfF]|5[cC]|00|25|3[bBfF]|23)/

/** One segment, decoded. An encoded slash is refused unless `slashes` is set. Throws PathAmbiguous. */
export function decodeSegment(raw: string, { slashes = false } = {}): string {
  if (raw === '') throw new PathAmbiguous('must have no empty segment')
  if (!SEGMENT.test(raw)) throw new PathAmbiguous('must be made of URL path characters, without ;, ? or #')
  const segment = decode(raw)
  if (segment.includes('\\')) throw new PathAmbiguous('must have no encoded backslash')
  const parts = segment.split('/')
  if (parts.length > 1 && !slashes) throw new PathAmbiguous('must have no encoded slash')
  if (parts.some((part) => part === '.' || part === '..')) throw new PathAmbiguous('must have no dot segment')
  if (parts.includes('')) throw new PathAmbiguous('must have no empty segment')
  if (/\p{Cc}/u.test(segment)) throw new PathAmbiguous('must have no control character')
  if (ENCODED_TWICE.test(segment)) throw new PathAmbiguous('must not be encoded twice')
  return segment
}

function decode(raw: string): string {
  try {
    return decodeURIComponent(raw)
  } catch {
    throw new PathAmbiguous('must be encoded as UTF-8')
  }
}
