// Takes out of a value what its readers may not see: records, fields, what stands beside them, and what counts them.
import { isObject } from '../../kernel/json-object.ts'
import type { Place } from './declaration.ts'
import { withoutFields } from './fields.ts'
import type { Sight } from './sight.ts'
import { besideLists, isTotal, type Shortened } from './totals.ts'

export interface Tally {
  records: number
  withheld: number
  /** Fields of records that are shown without them. */
  masked: number
}

export type Filtered =
  | ({ outcome: 'kept'; value: unknown } & Tally)
  /** The one thing the value was about may not be seen. */
  | { outcome: 'removed'; withheld: number }
  /** It does not have the shape that was declared: nobody knows what it holds. */
  | { outcome: 'mismatched' }
  /** It names more records than are judged at once. */
  | { outcome: 'oversized' }

const REMOVED = Symbol('removed')

export interface Part {
  value: unknown
  declared: Place
}

export async function filterRecords(value: unknown, declared: Place, sight: Sight): Promise<Filtered> {
  const [filtered] = await filterTogether([{ value, declared }], sight)
  return filtered ?? { outcome: 'mismatched' }
}

/** Several parts of one answer, judged at one position. */
export async function filterTogether(parts: readonly Part[], sight: Sight): Promise<Filtered[]> {
  const met = parts.map(({ value, declared }) => meetAll(value, declared, sight))
  if (sight.overwhelmed()) return parts.map(() => ({ outcome: 'oversized' }))
  await sight.judge()
  return parts.map((part, nth) => (met[nth] ? filter(part, sight) : { outcome: 'mismatched' }))
}

function filter({ value, declared }: Part, sight: Sight): Filtered {
  const tally: Tally = { records: 0, withheld: 0, masked: 0 }
  const kept = keep(value, declared, { sight, tally, inRecord: false })
  return kept === REMOVED
    ? { outcome: 'removed', withheld: tally.withheld }
    : { outcome: 'kept', value: kept, ...tally }
}

/** Meets every declared record; false as soon as the value does not have the declared shape. */
function meetAll(value: unknown, { kinds, fields, each }: Place, sight: Sight): boolean {
  for (const kind of kinds)
    if (!sight.meet(kind, value) || !kind.fields.every((rule) => sight.meet(rule.kind, value))) return false
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
  const { kinds } = place
  const { sight, tally } = keeping
  if (kinds.length === 0) return keepInside(value, place, keeping)
  const seen = kinds.every((kind) => sight.sees(kind, value))
  tally[seen ? 'records' : 'withheld'] += 1
  if (!seen) return REMOVED
  const kept = keepInside(value, place, { ...keeping, inRecord: true })
  const masked = () => {
    tally.masked += 1
  }
  return kept === REMOVED ? REMOVED : withoutFields(kept, value, { kinds, sight, masked })
}

function keepInside(value: unknown, { fields, each }: Place, keeping: Keeping): unknown {
  if (each && Array.isArray(value))
    return value.map((element) => keep(element, each, keeping)).filter((element) => element !== REMOVED)
  return fields.size > 0 && isObject(value) ? keepFields(value, fields, keeping) : value
}

function keepFields(value: Record<string, unknown>, fields: Place['fields'], keeping: Keeping): unknown {
  const kept = new Map<string, unknown>()
  const lists: Shortened[] = []
  for (const [name, place] of fields) {
    const own = value[name]
    const inner = keep(own, place, keeping)
    if (Array.isArray(own) && Array.isArray(inner) && place.each)
      lists.push({ before: own.length, after: inner.length })
    // Of a record that may be seen, a part may be hidden; what only leads to a hidden record goes with it.
    if (inner !== REMOVED) kept.set(name, inner)
    else if (!keeping.inRecord) return REMOVED
  }
  const entries = Object.entries(value).flatMap(([name, own]): [string, unknown][] => {
    if (fields.has(name)) return kept.has(name) ? [[name, kept.get(name)]] : []
    if (!keeping.inRecord && !(lists.length > 0 && isTotal(name))) return []
    return besideLists(name, own, lists).map((stays) => [name, stays])
  })
  return Object.fromEntries(entries)
}
