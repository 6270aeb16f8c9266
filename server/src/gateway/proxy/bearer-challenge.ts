// Whether a 401 is about our token, or about something else (RFC 6750 §3.1).
import type { OutboundResponse } from '../../platform/outbound/index.ts'

/** A scheme, or a parameter with its value (RFC 9110 §11.6.1): in quotes, nothing is either. */
const PART = /([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^\s,"]+))?/g

/** A Bearer challenge that names `invalid_token`. */
export function refusesToken({ headers }: Pick<OutboundResponse, 'headers'>): boolean {
  for (const said of [headers['www-authenticate'] ?? []].flat()) {
    let scheme = ''
    for (const [, name = '', value] of said.matchAll(PART)) {
      if (value === undefined) scheme = name.toLowerCase()
      else if (scheme === 'bearer' && name.toLowerCase() === 'error' && /^"?invalid_token"?$/.test(value)) return true
    }
  }
  return false
}
