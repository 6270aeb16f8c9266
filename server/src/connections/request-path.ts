// The path of a request as decoded segments.
import { decodeSegment, PathAmbiguous } from '@mandate/contract'

export interface RequestPath {
  segments: readonly string[]
  /** Whether it ends with a slash. */
  slash: boolean
  /** Whether a segment has an encoded slash in it. */
  escapedSlash: boolean
}

/** Of an absolute path without query, as it came. Throws PathAmbiguous. */
export function requestPath(path: string): RequestPath {
  if (!path.startsWith('/')) throw new PathAmbiguous('must start with /')
  if (path === '/') return { segments: [], slash: false, escapedSlash: false }
  const slash = path.endsWith('/')
  const raw = path.slice(1, slash ? -1 : undefined).split('/')
  const segments = raw.map((each) => decodeSegment(each, { slashes: true }))
  return { segments, slash, escapedSlash: segments.some((each) => each.includes('/')) }
}
