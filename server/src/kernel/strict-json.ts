// JSON that every parser reads the same way; what could be read in two ways is refused.

/** Says which rule the text breaks. */
export class JsonRefused extends Error {
  override readonly name = 'JsonRefused'
  /** Whether it is not JSON at all, rather than ambiguous JSON. */
  readonly unreadable: boolean

  constructor(rule: string, unreadable = false) {
    super(rule)
    this.unreadable = unreadable
  }
}

const MAX_DEPTH = 200
// Strings (with the colon that makes them keys) and numbers of a text that is known to be JSON.
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|-?\d[\d.eE+-]*/g
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Throws JsonRefused for what is not UTF-8 JSON, names a key twice, or holds numbers or text that do not survive a parser. */
export function parseStrict(bytes: Uint8Array): unknown {
  let text: string
  let value: unknown
  try {
    text = utf8.decode(bytes)
    value = JSON.parse(text)
  } catch {
    throw new JsonRefused('must be JSON in UTF-8', true)
  }
  let keys = 0
  for (const [token, colon] of text.matchAll(TOKENS))
    if (colon !== undefined) keys += 1
    else if (!token.startsWith('"')) checkNumber(token)
  // Parsers differ in which of two equal keys wins; ours kept one, so there are fewer than were written.
  if (keysOf(value, 0) !== keys) throw new JsonRefused('must not name a key twice')
  return value
}

function checkNumber(token: string): void {
  const value = Number(token)
  // Also as 9007199254740993.0 or 9007199254740993e0: what is a whole number does not depend on its spelling.
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    throw new JsonRefused('must have no number beyond 2^53; send it as a text')
}

function keysOf(value: unknown, depth: number): number {
  if (typeof value === 'string') checkText(value)
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) throw new JsonRefused(`must not be nested deeper than ${MAX_DEPTH}`)
  let keys = 0
  if (Array.isArray(value)) for (const element of value) keys += keysOf(element, depth + 1)
  else
    for (const [key, inner] of Object.entries(value)) {
      checkText(key)
      keys += 1 + keysOf(inner, depth + 1)
    }
  return keys
}

function checkText(text: string): void {
  if (!text.isWellFormed()) throw new JsonRefused('must have no lone surrogate')
}
