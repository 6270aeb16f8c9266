// Fields of a record that need a relation of their own: left out, or their value is.
import type { FieldRule, Kind } from './declaration.ts'
import type { Sight } from './sight.ts'

/** Stands where a value was that the reader may not see; no value of the record decides what it is. */
const MASKED = '[withheld]'

export interface Masking {
  sight: Sight
  /** Told for each field that was there and is not shown. */
  masked(): void
}

/** `kept` is what is left of `record`; the rules are judged on the record as it came. */
export function withoutFields(kept: unknown, record: unknown, { kinds, sight, masked }: Masking & { kinds: Kind[] }) {
  let value = kept
  for (const { fields } of kinds)
    for (const rule of fields)
      if (!sight.sees(rule.kind, record)) value = without(value, { names: namesOf(rule), rule, masked })
  return value
}

const namesOf = ({ steps }: FieldRule): string[] => steps.flatMap((step) => ('field' in step ? [step.field] : []))

interface Taking {
  names: readonly string[]
  rule: FieldRule
  masked(): void
}

function without(value: unknown, { names, rule, masked }: Taking): unknown {
  const [name, ...rest] = names
  if (name === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).flatMap(([own, inner]): [string, unknown][] => {
    if (own === name && leadsOn(inner, rest)) return [[own, without(inner, { names: rest, rule, masked })]]
    // Another spelling of the name may be the same field to whoever wrote it.
    if (plain(own) !== plain(name)) return [[own, inner]]
    masked()
    return rule.otherwise === 'mask' && own === name ? [[own, MASKED]] : []
  })
  return Object.fromEntries(entries)
}

// Where the way is not what was declared, a list for an object say, the field may be anywhere below: all of it goes.
const leadsOn = (inner: unknown, rest: readonly string[]): boolean =>
  rest.length > 0 && (inner === null || (typeof inner === 'object' && !Array.isArray(inner)))

/** What the spellings of one name have in common, also of a width or form of its letters that reads the same. */
export const plain = (name: string): string =>
  name
    .normalize('NFKC')
    .replaceAll(/[\s_-]|\p{Cf}/gu, '')
    .toLowerCase()
