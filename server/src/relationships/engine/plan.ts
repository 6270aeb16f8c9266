// A model compiled for one graph: every relation of every type is a number, its rewrite a small tree of numbers.
import type { Condition } from '../conditions/evaluate-condition.ts'
import { compileCondition } from '../conditions/evaluate-condition.ts'
import { type ModelBody, type Rewrite, type Types, typesOf } from '../model.ts'
import type { Graph } from './graph/graph.ts'

export const DIRECT = 0
export const COMPUTED = 1
export const FROM = 2
export const ANY = 3
export const ALL = 4
export const EXCEPT = 5

/** Whether tuples without a condition count, and under which conditions tuples do. */
export interface Allowed {
  plain: boolean
  conditions: ReadonlySet<string>
}

/** Tuples of the relation itself. */
export interface Direct {
  kind: typeof DIRECT
  /** By type number: its objects, its wildcard. By relation (see `relations`): its usersets. */
  objects: readonly (Allowed | undefined)[]
  wildcards: readonly (Allowed | undefined)[]
  usersets: ReadonlyMap<number, Allowed>
}

/** `relation from tupleset`. */
export interface From {
  kind: typeof FROM
  /** Relation number (of the graph) of the tupleset, and who counts in it by type number. */
  tupleset: number
  objects: readonly (Allowed | undefined)[]
  /** By type number: the relation to go on with. */
  relations: readonly (number | undefined)[]
}

export type Step =
  | Direct
  | { kind: typeof COMPUTED; relation: number }
  | From
  | { kind: typeof ANY | typeof ALL; steps: readonly Step[] }
  | { kind: typeof EXCEPT; base: Step; subtract: Step }

export interface PlannedRelation {
  /** Its place in `Plan.relations`. */
  number: number
  type: string
  typeNumber: number
  name: string
  /** Number of its name in the graph. */
  nameNumber: number
  root: Step
}

export interface Plan {
  types: Types
  relations: readonly PlannedRelation[]
  conditions: ReadonlyMap<string, Condition>
  /** The relation's number; -1 where the type has none of this name. */
  find(typeNumber: number, nameNumber: number): number
  named(type: string, relation: string): PlannedRelation | undefined
  /** Number of `type:*` in the graph by type number. */
  wildcard(typeNumber: number): number
}

export function compile(body: ModelBody, graph: Graph): Plan {
  const types = typesOf(body)
  const relations: { -readonly [K in keyof PlannedRelation]: PlannedRelation[K] }[] = []
  const byType: Int32Array[] = []
  for (const [type, defined] of types) {
    const typeNumber = graph.typeNumber(type)
    const byName = new Int32Array(65).fill(-1)
    let table = byName
    for (const name of defined.keys()) {
      const nameNumber = graph.relationNumber(name)
      if (nameNumber >= table.length) {
        const more = new Int32Array(nameNumber * 2).fill(-1)
        more.set(table)
        table = more
      }
      table[nameNumber] = relations.length
      relations.push({ number: relations.length, type, typeNumber, name, nameNumber, root: { kind: ANY, steps: [] } })
    }
    byType[typeNumber] = table
  }
  const find = (typeNumber: number, nameNumber: number): number => byType[typeNumber]?.[nameNumber] ?? -1
  const named = (type: string, name: string) => relations[find(graph.typeNumber(type), graph.relationNumber(name))]
  for (const relation of relations) {
    const defined = types.get(relation.type)?.get(relation.name)
    if (defined) relation.root = stepOf(defined.rewrite, { ...relation, types, graph, named })
  }
  const wildcards: number[] = []
  for (const type of types.keys()) wildcards[graph.typeNumber(type)] = graph.addObject(`${type}:*`)
  return {
    types,
    relations,
    conditions: new Map(
      Object.values(body.conditions ?? {}).map((definition) => [definition.name, compileCondition(definition)]),
    ),
    find,
    named: (type, name) => (types.get(type)?.has(name) ? named(type, name) : undefined),
    wildcard: (typeNumber) => wildcards[typeNumber] ?? -1,
  }
}

interface Place {
  type: string
  name: string
  types: Types
  graph: Graph
  named(type: string, name: string): PlannedRelation | undefined
}

function stepOf(rewrite: Rewrite, place: Place): Step {
  const part = (of: Rewrite) => stepOf(of, place)
  if ('this' in rewrite) return { kind: DIRECT, ...restrictions(place, place.name) }
  if ('computedUserset' in rewrite)
    return { kind: COMPUTED, relation: place.named(place.type, rewrite.computedUserset.relation)?.number ?? -1 }
  if ('tupleToUserset' in rewrite) {
    const { tupleset, computedUserset } = rewrite.tupleToUserset
    const { objects } = restrictions(place, tupleset.relation)
    const relations: (number | undefined)[] = []
    for (const type of place.types.keys())
      if (place.types.get(type)?.has(computedUserset.relation))
        relations[place.graph.typeNumber(type)] = place.named(type, computedUserset.relation)?.number
    return { kind: FROM, tupleset: place.graph.relationNumber(tupleset.relation), objects, relations }
  }
  if ('union' in rewrite) return { kind: ANY, steps: rewrite.union.child.map(part) }
  if ('intersection' in rewrite) return { kind: ALL, steps: rewrite.intersection.child.map(part) }
  return { kind: EXCEPT, base: part(rewrite.difference.base), subtract: part(rewrite.difference.subtract) }
}

type Mutable = { plain: boolean; conditions: Set<string> }

function restrictions({ type, types, graph, named }: Place, relation: string) {
  const objects: (Mutable | undefined)[] = []
  const wildcards: (Mutable | undefined)[] = []
  const usersets = new Map<number, Mutable>()
  for (const reference of types.get(type)?.get(relation)?.allowed ?? []) {
    const of = graph.typeNumber(reference.type)
    let allowed: Mutable | undefined
    if (reference.relation !== undefined) {
      const userset = named(reference.type, reference.relation)?.number ?? -1
      allowed = usersets.get(userset) ?? none()
      usersets.set(userset, allowed)
    } else if (reference.wildcard !== undefined) allowed = wildcards[of] ??= none()
    else allowed = objects[of] ??= none()
    if (reference.condition === undefined) allowed.plain = true
    else allowed.conditions.add(reference.condition)
  }
  return { objects, wildcards, usersets }
}

const none = (): Mutable => ({ plain: false, conditions: new Set() })
