// Takes out of a value what its reader may not see: records, what stands beside them, and the totals that count them.
import type { Place } from './declared.ts'
import type { Sight } from './sight.ts'

export type Filtered =
  | { outcome: 'kept'; value: unknown; records: number; withheld: number }
  /** The one thing the value was about may not be seen. */
  | { outcome: 'removed'; withheld: number }
  /** It does not have the shape that was declared: nobody knows what it holds. */
  | { outcome: 'mismatched' }

const COUNTS = new Set(['total', 'count', 'total_count', 'totalCount'])
const ONWARD = /cursor|^next|^prev|^(?:has_?)?more$|_?pages?$/i
const REMOVED = Symbol('removed')

interface Tally {
  records: number
  withheld: number
}

export function filterRecords(value: unknown, declared: Place, sight: Sight): Filtered {
  if (!meetAll(value, declared, sight)) return { outcome: 'mismatched' }
  const tally: Tally = { records: 0, withheld: 0 }
  const kept = keep(value, declared, { sight, tally, inRecord: false })
  return kept === REMOVED
    ? { outcome: 'removed', withheld: tally.withheld }
    : { outcome: 'kept', value: kept, ...tally }
}

/** Meets every declared record; false as soon as the value does not have the declared shape. */
function meetAll(value: unknown, { kinds, fields, each }: Place, sight: Sight): boolean {
  if (!kinds.every((kind) => sight.meet(kind, value))) return false
  if (each && !(Array.isArray(value) && value.every((element) => meetAll(element, each, sight)))) return false
  if (fields.size === 0) return true
  if (!isObject(value)) return false
  for (const [name, place] of fields)
    if (!Object.hasOwn(value, name) || !meetAll(value[name], place, sight)) return false
  return true
}

interface Keeping {
  sight: Sight
  tally: Tally
  /** Inside a record that may be seen everything stays that is not itself declared. */
  inRecord: boolean
}

function keep(value: unknown, place: Place, keeping: Keeping): unknown {
  const { kinds, fields, each } = place
  if (kinds.length > 0) {
    const seen = kinds.every((kind) => keeping.sight.sees(kind, value))
    keeping.tally[seen ? 'records' : 'withheld'] += 1
    if (!seen) return REMOVED
  }
  const inside = { ...keeping, inRecord: keeping.inRecord || kinds.length > 0 }
  if (each && Array.isArray(value))
    return value.map((element) => keep(element, each, inside)).filter((element) => element !== REMOVED)
  return fields.size > 0 && isObject(value) ? keepFields(value, fields, inside) : value
}

function keepFields(value: Record<string, unknown>, fields: Place['fields'], keeping: Keeping): unknown {
  const kept = new Map<string, unknown>()
  const lists: unknown[][] = []
  for (const [name, place] of fields) {
    const inner = keep(value[name], place, keeping)
    if (place.each && Array.isArray(inner)) lists.push(inner)
    // Of a record that may be seen, a part may be hidden; what only leads to a hidden record goes with it.
    if (inner !== REMOVED) kept.set(name, inner)
    else if (!keeping.inRecord) return REMOVED
  }
  const entries = Object.entries(value).flatMap(([name, own]): [string, unknown][] => {
    if (fields.has(name)) return kept.has(name) ? [[name, kept.get(name)]] : []
    if (lists.length > 0 && COUNTS.has(name))
      return typeof own === 'number' && lists.length === 1 ? [[name, lists[0]?.length]] : []
    return keeping.inRecord && !(lists.length > 0 && ONWARD.test(name)) ? [[name, own]] : []
  })
  return Object.fromEntries(entries)
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
