// What makes a model valid (schema 1.1 and 1.2); each fault is `invalid_authorization_model` with the reason.
import { compileCondition } from '../conditions/evaluate-condition.ts'
import { type ModelBody, type Relation, type Rewrite, type Types, typesOf } from '../model.ts'
import { Refusal } from '../protocol/problems.ts'
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
  for (const [type, relations] of types) {
    const circular = computedFromItself(relations)
    if (circular !== undefined) inRelation(type, circular, 'it is computed from itself')
  }
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

/** A relation that leads back to itself over computed relations of one object alone; undefined where none does. */
function computedFromItself(relations: ReadonlyMap<string, Relation>): string | undefined {
  const done = new Set<string>()
  for (const start of relations.keys()) {
    const way: { name: string; rest: string[] }[] = []
    const onWay = new Set<string>()
    // Not by calling itself: a model may chain more relations than calls can be nested.
    const go = (name: string) => {
      onWay.add(name)
      way.push({ name, rest: computedIn(relations.get(name)) })
    }
    if (!done.has(start)) go(start)
    for (let here = way.at(-1); here; here = way.at(-1)) {
      const next = here.rest.pop()
      if (next !== undefined && onWay.has(next)) return next
      if (next !== undefined && !done.has(next)) go(next)
      if (next !== undefined) continue
      way.pop()
      onWay.delete(here.name)
      done.add(here.name)
    }
  }
  return undefined
}

const computedIn = (relation: Relation | undefined): string[] =>
  relation
    ? [...walk(relation.rewrite)].flatMap((rewrite) =>
        'computedUserset' in rewrite ? [rewrite.computedUserset.relation] : [],
      )
    : []

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
  const all = [...types].flatMap(([type, relations]) =>
    [...relations].map(([name, relation]) => ({ type, name, relation })),
  )
  const waiting = new Map<string, typeof all>()
  for (const one of all)
    for (const needed of neededBy(types, one)) {
      const others = waiting.get(needed)
      if (others) others.push(one)
      else waiting.set(needed, [one])
    }
  const due = [...all]
  for (let one = due.pop(); one; one = due.pop()) {
    const { type, name, relation } = one
    const key = `${type}#${name}`
    if (open.has(key) || !has(type, relation, relation.rewrite)) continue
    open.add(key)
    due.push(...(waiting.get(key) ?? []))
  }
  for (const { type, name } of all) if (!open.has(`${type}#${name}`)) inRelation(type, name, 'no entrypoints defined')
}

/** Relations, as `type#relation`, that may give this one an entrypoint. */
function neededBy(types: Types, { type, relation }: { type: string; relation: Relation }): Set<string> {
  const needed = new Set<string>()
  for (const rewrite of walk(relation.rewrite)) {
    if ('this' in rewrite) for (const of of relation.allowed) if (of.relation) needed.add(`${of.type}#${of.relation}`)
    if ('computedUserset' in rewrite) needed.add(`${type}#${rewrite.computedUserset.relation}`)
    if (!('tupleToUserset' in rewrite)) continue
    const { tupleset, computedUserset } = rewrite.tupleToUserset
    for (const parent of types.get(type)?.get(tupleset.relation)?.allowed ?? [])
      needed.add(`${parent.type}#${computedUserset.relation}`)
  }
  return needed
}
