// Fields that need a relation of their own: declared per type, and left out, or their values are, record by record.
import type { Engine } from './engine.ts'
import { type ReadBy, subjectsOf } from './readers.ts'
import { Refused } from './refusals.ts'
import { visibleTo } from './visible.ts'

export interface FieldDeclarations {
  type: string
  fields: Readonly<Record<string, { relation: string; otherwise: 'drop' | 'mask' }>>
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
  for (const [name, { otherwise }] of rules)
    if (otherwise !== 'drop' && otherwise !== 'mask') throw new Refused('invalid', `${name}: drop or mask.`)
  const subjects = await subjectsOf(engine, readBy)
  const relations = [...new Set(rules.map(([, { relation }]) => relation))]
  const seen = new Map<string, Set<string>>()
  for (const relation of relations)
    seen.set(relation, await visibleTo(engine, { subjects, type, relation, ids: records.map(idOf) }))
  let masked = 0
  const shown = records.map((record) => {
    const entries = Object.entries(record).flatMap(([name, value]): [string, unknown][] => {
      const [declared, rule] = rules.find(([field]) => plain(field) === plain(name)) ?? []
      if (!rule || seen.get(rule.relation)?.has(idOf(record))) return [[name, value]]
      masked += 1
      // Another spelling of the name may be the same field to whoever wrote it.
      return rule.otherwise === 'mask' && declared === name ? [[name, MASKED]] : []
    })
    return Object.fromEntries(entries) as Partial<T>
  })
  return { records: shown, masked }
}

const plain = (name: string): string => name.replaceAll(/[\s_-]/g, '').toLowerCase()
