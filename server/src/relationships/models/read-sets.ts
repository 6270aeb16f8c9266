// Which types a question can touch: all that its relation is made of, and all that those are made of.
import type { Rewrite, Types } from '../model.ts'
import { walk } from './rewrites.ts'

export interface ReadSet {
  /** Types of the objects whose tuples may decide. */
  readonly types: ReadonlySet<string>
  /** Number of the last question that touched it; 0 for none. */
  askedAt: number
}

export type ReadSets = (type: string, relation: string) => ReadSet

type Goal = readonly [type: string, relation: string]

const NOTHING: ReadonlySet<string> = new Set()

/** Each relation is looked through once, when it is first asked about; an unknown relation reads nothing. */
export function readSetsOf(types: Types): { readSets: ReadSets; asked(): Iterable<ReadSet> } {
  const known = new Map<string, Map<string, ReadSet>>()
  return {
    readSets(type, relation) {
      const found = known.get(type)?.get(relation)
      if (found) return found
      if (!types.get(type)?.has(relation)) return { types: NOTHING, askedAt: 0 }
      const touched = { types: closureOf(types, [type, relation]), askedAt: 0 }
      const ofType = known.get(type) ?? new Map<string, ReadSet>()
      known.set(type, ofType.set(relation, touched))
      return touched
    },
    *asked() {
      for (const ofType of known.values()) yield* ofType.values()
    },
  }
}

function closureOf(types: Types, start: Goal): ReadonlySet<string> {
  const found = new Set<string>()
  const seen = new Set<string>()
  const open: Goal[] = [start]
  for (let goal = open.pop(); goal; goal = open.pop()) {
    const name = goal.join('#')
    const relation = types.get(goal[0])?.get(goal[1])
    if (!relation || seen.has(name)) continue
    seen.add(name)
    found.add(goal[0])
    for (const rewrite of walk(relation.rewrite)) open.push(...leadsTo(types, goal, rewrite))
  }
  return found
}

/** Where this one step leads, its parts aside. */
function leadsTo(types: Types, [type, relation]: Goal, rewrite: Rewrite): Goal[] {
  const allowed = (of: string) => types.get(type)?.get(of)?.allowed ?? []
  if ('this' in rewrite)
    return allowed(relation).flatMap((one): Goal[] => (one.relation === undefined ? [] : [[one.type, one.relation]]))
  if ('computedUserset' in rewrite) return [[type, rewrite.computedUserset.relation]]
  if (!('tupleToUserset' in rewrite)) return []
  const { tupleset, computedUserset } = rewrite.tupleToUserset
  return allowed(tupleset.relation).map((one): Goal => [one.type, computedUserset.relation])
}
