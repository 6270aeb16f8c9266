// Numbers beside a list that tell how long it was: corrected where they can be, left out where they cannot.

/** A list that was filtered: how many elements it had, and how many it has. */
export interface Shortened {
  before: number
  after: number
}

const TOTALS = new Set(['total', 'count', 'total_count', 'totalCount'])
/** Of these, only numbers: a size or a length may be the record's own. */
const LENGTHS = new Set([
  'size',
  'length',
  'hits',
  'found',
  'matches',
  'records',
  'results',
  'items',
  'entries',
  'rows',
])
/** Words that make a name one of a number of things, wherever they stand in it. */
const COUNTING = new Set(['total', 'totals', 'count', 'counts', 'facets', 'aggregations', 'buckets', 'tally'])
/** The same where they begin it. */
const NUMBER = new Set(['num', 'nb', 'numberof', 'noof'])
/** What tells where the next page is, or which page this is; in words with a space between. */
const ONWARD = new RegExp(
  [
    '\\b(?:cursor|continuation)\\b',
    '^(?:next|prev|previous)\\b',
    '\\b(?:next|prev|previous) (?:link|url|href|token|page)',
    '\\bpages?$',
    '^page (?:info|token|size|number|index|key)$',
    '^(?:has ?)?more$|^offset$|^links$',
  ].join('|'),
)

/** What stays of a field that stands beside filtered lists; an empty array when nothing does. */
export function besideLists(name: string, value: unknown, lists: readonly Shortened[]): unknown[] {
  if (lists.length === 0) return [value]
  const [list, ...others] = lists
  const only = others.length === 0 ? list : undefined
  if (TOTALS.has(name)) return typeof value === 'number' && only ? [only.after] : []
  // Of another name it may count something else: it is the list's length where it was the list's length.
  if (counts(name) || (LENGTHS.has(name.toLowerCase()) && typeof value === 'number'))
    return only && value === only.before ? [only.after] : []
  return ONWARD.test(wordsOf(name).join(' ')) ? [] : [value]
}

/** Whether a field outside of records may stay, corrected. */
export const isTotal = (name: string): boolean => TOTALS.has(name)

function counts(name: string): boolean {
  const [first = '', second = '', ...rest] = wordsOf(name)
  const begins = NUMBER.has(first) || (NUMBER.has(first + second) && rest.length > 0)
  return (begins && second !== '') || [first, second, ...rest].some((word) => COUNTING.has(word))
}

/** `totalCount`, `Total-Count`, `TOTAL_COUNT` and `@odata.count` alike. */
const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
