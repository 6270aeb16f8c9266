// Nouns of relationships: tuples, rewrites, models, and what a model says of each type's relations.
import type { ConditionDefinition, TupleCondition } from './conditions/condition-definition.ts'

/** `user` is `type:id`, `type:*` or a userset `type:id#relation`; `object` is `type:id`. */
export interface TupleKey {
  user: string
  relation: string
  object: string
}

/** A tuple as it is written: it counts where its condition holds. */
export interface Tuple extends TupleKey {
  condition?: TupleCondition
}

/** Who may stand directly in a relation: `user`, `user:*` or `group#member`, each with a condition or without. */
export interface RelationReference {
  type: string
  relation?: string
  wildcard?: Record<string, never>
  condition?: string
}

/** How a relation is made, in OpenFGA's own JSON. */
export type Rewrite =
  | { this: Record<string, never> }
  | { computedUserset: { object: ''; relation: string } }
  | {
      tupleToUserset: {
        tupleset: { object: ''; relation: string }
        computedUserset: { object: ''; relation: string }
      }
    }
  | { union: { child: readonly Rewrite[] } }
  | { intersection: { child: readonly Rewrite[] } }
  | { difference: { base: Rewrite; subtract: Rewrite } }

/** Which module a definition comes from (schema 1.2). */
export interface Origin {
  module?: string
  source_info?: { file?: string }
}

export interface TypeDefinition {
  type: string
  relations: Readonly<Record<string, Rewrite>>
  metadata?: Origin & {
    relations?: Readonly<Record<string, Origin & { directly_related_user_types?: readonly RelationReference[] }>>
  }
}

/** A model as it is written and read back. */
export interface ModelBody {
  schema_version: '1.1' | '1.2'
  type_definitions: readonly TypeDefinition[]
  conditions?: Readonly<Record<string, ConditionDefinition>>
}

export interface Relation {
  rewrite: Rewrite
  /** Who may be written directly; empty where the relation is only computed. */
  allowed: readonly RelationReference[]
}

/** Relations by type, by name. */
export type Types = ReadonlyMap<string, ReadonlyMap<string, Relation>>

export function typesOf({ type_definitions }: ModelBody): Types {
  const types = new Map<string, Map<string, Relation>>()
  for (const { type, relations, metadata } of type_definitions) {
    const allowed = new Map(Object.entries(metadata?.relations ?? {}))
    types.set(
      type,
      new Map(
        Object.entries(relations).map(([name, rewrite]) => [
          name,
          { rewrite, allowed: allowed.get(name)?.directly_related_user_types ?? [] },
        ]),
      ),
    )
  }
  return types
}

export const relationOf = (types: Types, object: string, relation: string): Relation | undefined =>
  types.get(typeOf(object))?.get(relation)

/** `document` of `document:1` and of `document:1#viewer`. */
export const typeOf = (name: string): string => name.slice(0, Math.max(0, name.indexOf(':')))

/** `group:a` and `member` of `group:a#member`; no relation where the user is not a userset. */
export function splitUser(user: string): { object: string; relation?: string } {
  const at = user.indexOf('#')
  return at === -1 ? { object: user } : { object: user.slice(0, at), relation: user.slice(at + 1) }
}

export const isWildcard = (user: string): boolean => user.endsWith(':*')

/** The restrictions that `user` falls under, with their conditions. */
export function restrictionsFor({ allowed }: Relation, user: string): readonly RelationReference[] {
  const { relation } = splitUser(user)
  const wildcard = isWildcard(user)
  const type = typeOf(user)
  return allowed.filter(
    (reference) =>
      reference.type === type && reference.relation === relation && (reference.wildcard !== undefined) === wildcard,
  )
}
