// Numbers beside a list that tell how long it was: corrected where they can be, left out where they cannot.

/** A list that was filtered: how many elements it had, and how many it has. */
export interface Shortened {
  before: number
  after: number
}

const TOTALS = new Set(['total', 'count', 'total_count', 'totalCount'])
/** Of these, only numbers: a size or a length may be the record's own. */
const LENGTHS = new Set(['size', 'length', 'hits', 'found', 'matches'])
const NUMBER_OF = new RegExp(
  [
    '^(?:totals?|counts?|facets|aggregations|buckets|num_?found)$',
    '(?:^|_)(?:total|count)s?(?:_|$)',
    '^(?:num|number_of|no_of)_',
    '^(?:total|num|count|numberOf)[A-Z]',
    '[a-z](?:Total|Count)s?(?:[A-Z]|$)',
  ].join('|'),
)
const ONWARD = /cursor|^next|^prev|^(?:has_?)?more$|_?pages?$|^offset$|^links$|^_links$/i

/** What stays of a field that stands beside filtered lists; an empty array when nothing does. */
export function besideLists(name: string, value: unknown, lists: readonly Shortened[]): unknown[] {
  if (lists.length === 0) return [value]
  const [list, ...others] = lists
  const only = others.length === 0 ? list : undefined
  if (TOTALS.has(name)) return typeof value === 'number' && only ? [only.after] : []
  // Of another name it may count something else: it is the list's length where it was the list's length.
  if (NUMBER_OF.test(name) || (LENGTHS.has(name) && typeof value === 'number'))
    return only && value === only.before ? [only.after] : []
  return ONWARD.test(name) ? [] : [value]
}

/** Whether a field outside of records may stay, corrected. */
export const isTotal = (name: string): boolean => TOTALS.has(name)
