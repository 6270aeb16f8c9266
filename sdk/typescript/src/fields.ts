// Fields that need a relation of their own: declared per type, and left out, or their values are, record by record.
import type { Engine } from './engine.ts'
import { type ReadBy, subjectsOf } from './readers.ts'
import { Refused } from './refusals.ts'
import { visibleTo } from './visible.ts'

interface Rule {
  relation: string
  otherwise: 'drop' | 'mask'
}

export interface FieldDeclarations {
  type: string
  /** By name, or by the way to it: `metadata.executive_discount`. */
  fields: Readonly<Record<string, Rule>>
}

/** What a masked value reads as, here and in the gateway. */
export const MASKED = '[withheld]'

/** The records as every reader may see them, in their order, and how many fields were taken. Records stay as they are. */
export async function withoutFields<T extends Readonly<Record<string, unknown>>>(
  engine: Engine,
  {
    records,
    idOf,
    declared: { type, fields },
    ...readBy
  }: ReadBy & { records: readonly T[]; idOf(record: T): string; declared: FieldDeclarations },
): Promise<{ records: Partial<T>[]; masked: number }> {
  const rules = Object.entries(fields)
  for (const [name, { otherwise }] of rules) {
    if (otherwise !== 'drop' && otherwise !== 'mask') throw new Refused('invalid', `${name}: drop or mask.`)
    if (name.split('.').includes('')) throw new Refused('invalid', `${name}: not the way to a field.`)
  }
  const subjects = await subjectsOf(engine, readBy)
  const ids = records.map(idOf)
  const seen = new Map<string, Set<string>>()
  for (const relation of new Set(rules.map(([, rule]) => rule.relation)))
    seen.set(relation, await visibleTo(engine, { subjects, type, relation, ids }))
  let masked = 0
  const taken = () => {
    masked += 1
  }
  const shown = records.map((record, at) => {
    let value: unknown = record
    for (const [name, rule] of rules)
      if (!seen.get(rule.relation)?.has(ids[at] as string))
        value = without(value, { names: name.split('.'), otherwise: rule.otherwise, taken })
    return value as Partial<T>
  })
  return { records: shown, masked }
}

interface Taking {
  names: readonly string[]
  otherwise: 'drop' | 'mask'
  taken(): void
}

function without(value: unknown, { names, otherwise, taken }: Taking): unknown {
  const [name, ...rest] = names
  if (name === undefined || typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([own, inner]): [string, unknown][] => {
    if (own === name && leadsOn(inner, rest)) return [[own, without(inner, { names: rest, otherwise, taken })]]
    // Another spelling of the name may be the same field to whoever wrote it.
    if (plain(own) !== plain(name)) return [[own, inner]]
    taken()
    return otherwise === 'mask' && own === name ? [[own, MASKED]] : []
  })
  return Object.fromEntries(entries)
}

// Where the way is not what was declared, a list for an object say, the field may be anywhere below: all of it goes.
const leadsOn = (inner: unknown, rest: readonly string[]): boolean =>
  rest.length > 0 && (inner === null || inner === undefined || (typeof inner === 'object' && !Array.isArray(inner)))

const plain = (name: string): string => name.replaceAll(/[\s_-]/g, '').toLowerCase()
