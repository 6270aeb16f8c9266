// What makes a model valid (schema 1.1 and 1.2); each fault is `invalid_authorization_model` with the reason.
import { compileCondition } from './conditions/evaluate-condition.ts'
import { type ModelBody, type Relation, type Rewrite, type Types, typesOf } from './model.ts'
import { Refusal } from './problems.ts'
import { partsOf, walk } from './rewrites.ts'

const RESERVED = ['self', 'this']

function refuse(reason: string): never {
  throw new Refusal('invalid_authorization_model', reason)
}

function inRelation(type: string, relation: string, reason: string): never {
  refuse(`the definition of relation '${relation}' in object type '${type}' is invalid: ${reason}`)
}

/** The types of a valid model; throws on an invalid one. */
export function validTypes(body: ModelBody): Types {
  const types = typesOf(body)
  if (types.size !== body.type_definitions.length) refuse('an authorization model cannot contain duplicate types')
  for (const [type, relations] of types) {
    if (RESERVED.includes(type)) refuse(`the definition of type '${type}' is invalid: the name is reserved`)
    for (const [name, relation] of relations) {
      if (RESERVED.includes(name)) inRelation(type, name, 'the name is reserved')
      for (const rewrite of walk(relation.rewrite)) checkReferences(types, { type, name, rewrite })
      checkRestrictions(types, { type, name, relation })
    }
  }
  for (const [type, relations] of types)
    for (const name of relations.keys())
      if (computesItself(relations, name, name)) inRelation(type, name, 'it is computed from itself')
  checkEntrypoints(types)
  checkConditions(types, body)
  return types
}

function checkConditions(types: Types, { conditions = {} }: ModelBody): void {
  for (const [key, definition] of Object.entries(conditions)) {
    if (key !== definition.name) refuse(`condition key '${key}' does not match condition name '${definition.name}'`)
    try {
      compileCondition(definition)
    } catch (error) {
      refuse((error as Error).message)
    }
  }
  for (const relations of types.values())
    for (const [name, { allowed }] of relations)
      for (const { condition } of allowed)
        if (condition !== undefined && !Object.hasOwn(conditions, condition))
          refuse(`condition ${condition} is undefined for relation ${name}`)
}

function checkReferences(
  types: Types,
  { type, name, rewrite }: { type: string; name: string; rewrite: Rewrite },
): void {
  const relations = types.get(type)
  if ('computedUserset' in rewrite) {
    const { relation } = rewrite.computedUserset
    if (!relations?.has(relation)) refuse(`'${type}#${relation}' relation is undefined`)
  }
  if (!('tupleToUserset' in rewrite)) return
  const { tupleset, computedUserset } = rewrite.tupleToUserset
  const parents = relations?.get(tupleset.relation)
  if (!parents) refuse(`'${type}#${tupleset.relation}' relation is undefined`)
  if (!('this' in parents.rewrite))
    refuse(
      `the '${type}#${tupleset.relation}' relation is referenced in at least one tupleset and thus must be a direct relation`,
    )
  for (const { type: parent, relation, wildcard } of parents.allowed)
    if (relation || wildcard) inRelation(type, tupleset.relation, `'${parent}' must be a plain type in a tupleset`)
  if (!parents.allowed.some((parent) => types.get(parent.type)?.has(computedUserset.relation)))
    inRelation(type, name, `'${computedUserset.relation}' is not a relation of any type in '${tupleset.relation}'`)
}

function checkRestrictions(types: Types, { type, name, relation }: { type: string; name: string; relation: Relation }) {
  const assignable = [...walk(relation.rewrite)].some((rewrite) => 'this' in rewrite)
  if (assignable && relation.allowed.length === 0)
    refuse(`the assignable relation '${name}' in object type '${type}' must contain at least one relation type`)
  if (!assignable && relation.allowed.length > 0)
    refuse(`the non-assignable relation '${name}' in object type '${type}' should not contain a relation type`)
  for (const reference of relation.allowed) {
    const of = reference.relation ? `#${reference.relation}` : ''
    const known = types.get(reference.type)
    if (!known || (reference.relation && (reference.wildcard || !known.has(reference.relation))))
      refuse(`the relation type '${reference.type}${of}' on '${name}' in object type '${type}' is not valid`)
  }
}

/** Whether `from` leads back to `goal` over computed relations of one object alone. */
function computesItself(
  relations: ReadonlyMap<string, Relation>,
  goal: string,
  from: string,
  seen = new Set<string>(),
): boolean {
  const relation = relations.get(from)
  if (!relation || seen.has(from)) return false
  seen.add(from)
  for (const rewrite of walk(relation.rewrite)) {
    if (!('computedUserset' in rewrite)) continue
    const next = rewrite.computedUserset.relation
    if (next === goal || computesItself(relations, goal, next, seen)) return true
  }
  return false
}

// A relation that nobody can ever be in is a mistake. Found from below: what has an entrypoint gives one to others.
function checkEntrypoints(types: Types): void {
  const open = new Set<string>()
  const has = (type: string, relation: Relation, rewrite: Rewrite): boolean => {
    if ('this' in rewrite) return relation.allowed.some((of) => !of.relation || open.has(`${of.type}#${of.relation}`))
    if ('computedUserset' in rewrite) return open.has(`${type}#${rewrite.computedUserset.relation}`)
    if ('tupleToUserset' in rewrite) {
      const { tupleset, computedUserset } = rewrite.tupleToUserset
      const parents = types.get(type)?.get(tupleset.relation)?.allowed ?? []
      return parents.some((parent) => open.has(`${parent.type}#${computedUserset.relation}`))
    }
    const parts = partsOf(rewrite)
    const within = (part: Rewrite) => has(type, relation, part)
    return 'union' in rewrite ? parts.some(within) : parts.every(within)
  }
  const closed = () =>
    [...types].flatMap(([type, relations]) =>
      [...relations]
        .filter(([name]) => !open.has(`${type}#${name}`))
        .map(([name, relation]) => ({ type, name, relation })),
    )
  for (let before = -1; before !== open.size; ) {
    before = open.size
    for (const { type, name, relation } of closed())
      if (has(type, relation, relation.rewrite)) open.add(`${type}#${name}`)
  }
  for (const { type, name } of closed()) inRelation(type, name, 'no entrypoints defined')
}
