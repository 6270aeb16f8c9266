// URL paths as segments that every server reads the same way; whatever could be read in two ways is refused.

/** Says which rule a URL path breaks. */
export class PathAmbiguous extends Error {
  override readonly name = 'PathAmbiguous'
}

// RFC 3986 §3.3: pchar without `;`, whose parameters some servers cut off before they look.
const SEGMENT = /^(?:[A-Za-z0-9\-._~!$&'()*+,=:@]|%[0-9A-Fa-f]{2})+$/
// What a second decoding behind us would turn into a delimiter, a dot segment or another escape.
const ENCODED_TWICE = /%(?:2[eEfF]|5[cC]|00|25|3[bBfF]|23)/

/** The decoded segments of an absolute path without query; none for `/`. Throws PathAmbiguous. */
export function segmentsOf(path: string): string[] {
  if (!path.startsWith('/')) throw new PathAmbiguous('must start with /')
  return path === '/' ? [] : path.slice(1).split('/').map(segmentOf)
}

/** One segment, decoded. Throws PathAmbiguous. */
export function segmentOf(raw: string): string {
  if (raw === '') throw new PathAmbiguous('must have no empty segment')
  if (!SEGMENT.test(raw)) throw new PathAmbiguous('must be made of URL path characters, without ;, ? or #')
  const segment = decode(raw)
  if (/[/\\]/.test(segment)) throw new PathAmbiguous('must have no encoded slash or backslash')
  if (segment === '.' || segment === '..') throw new PathAmbiguous('must have no dot segment')
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
