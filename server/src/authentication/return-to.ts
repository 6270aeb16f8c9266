// Where a person goes after signing in: a path of this house, or its front door.
import { z } from 'zod'

// One slash, not two, then printable ASCII without the backslash, which browsers read as a slash (WHATWG URL §4.4).
const OWN_PATH = /^\/(?!\/)[\x21-\x5b\x5d-\x7e]{0,1999}$/

export const ownPath = (given: unknown): string => (typeof given === 'string' && OWN_PATH.test(given) ? given : '/')

export const ReturnTo = z.unknown().optional().transform(ownPath)
