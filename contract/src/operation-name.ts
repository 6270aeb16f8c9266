// Names of what an agent calls: one grammar for declarations, grants and calls.
import { z } from 'zod'

/** In UTF-16 code units. Paths of OpenAPI documents are the longest names. */
export const MOST_NAME_LENGTH = 500

/**
 * MCP names tools with letters, digits and `_-./` (2025-11-25, SEP-986), and servers in use also have spaces, colons and
 * letters of every script. Refused is what people cannot see: control characters, line separators, marks that turn the
 * direction of text, blanks at either end; `(list)`, which is the action of looking; and `__proto__`, which is no key.
 */
const NAME =
  /^(?!\(list\)$|__proto__$|\s)[^\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]{1,500}(?<!\s)$/u

export const NAME_RULE = `must be 1 to ${MOST_NAME_LENGTH} visible characters, without a space at either end`

/** A tool, a scope, or `METHOD /path`. */
export const OperationName = z.string().max(MOST_NAME_LENGTH).regex(NAME, NAME_RULE)

/** Whether a tool of an MCP server can have this name here. */
export const isToolName = (name: string): boolean => name.length <= MOST_NAME_LENGTH && NAME.test(name)
