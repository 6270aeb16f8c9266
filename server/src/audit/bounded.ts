// What callers name goes into the log bounded, so that no name can swell it or break the insert it shares with others.

const TEXT = 400
export const LIST = 100
const CUT = '…'
/** Separates the parts of a list on the way into the database; never part of a text. */
export const SEPARATOR = '\u001f'

/** Every text in `value` well-formed and at most 400 characters, every list at most 100 items, every object 100 members. */
export function bounded<T>(value: T): T {
  return bound(value) as T
}

function bound(value: unknown): unknown {
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return value.slice(0, LIST).map(bound)
  if (value === null || typeof value !== 'object') return value
  const members = Object.entries(value).slice(0, LIST)
  return Object.fromEntries(members.map(([name, member]) => [text(name), bound(member)]))
}

// PostgreSQL has no U+0000 in texts, and UTF-8 has no lone surrogates.
const text = (given: string): string => (given.length <= TEXT && PLAIN.test(given) ? given : mended(given))

// Nearly every text there is: printable ASCII, in which there is nothing to mend.
const PLAIN = /^[ -~]*$/

const mended = (given: string): string =>
  (given.length > TEXT ? given.slice(0, TEXT - 1) + CUT : given)
    .toWellFormed()
    .replaceAll('\0', '\ufffd')
    .replaceAll(SEPARATOR, '\ufffd')
