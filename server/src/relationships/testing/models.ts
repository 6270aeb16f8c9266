// Models in few words, for tests: `type('document', { viewer: [self, 'user', 'group#member'] })`.
import type { ModelBody, RelationReference, Rewrite, TupleKey, TypeDefinition } from '../model.ts'

export const self: Rewrite = { this: {} }
export const computed = (relation: string): Rewrite => ({ computedUserset: { object: '', relation } })
export const from = (relation: string, tupleset: string): Rewrite => ({
  tupleToUserset: { tupleset: { object: '', relation: tupleset }, computedUserset: { object: '', relation } },
})
export const any = (...child: Rewrite[]): Rewrite => ({ union: { child } })
export const all = (...child: Rewrite[]): Rewrite => ({ intersection: { child } })
export const butNot = (base: Rewrite, subtract: Rewrite): Rewrite => ({ difference: { base, subtract } })

/** Each relation is its rewrite and then who may be written directly: `user`, `user:*`, `group#member with late`. */
export const type = (name: string, relations: Record<string, [Rewrite, ...string[]]> = {}): TypeDefinition => ({
  type: name,
  relations: Object.fromEntries(Object.entries(relations).map(([relation, [rewrite]]) => [relation, rewrite])),
  metadata: {
    relations: Object.fromEntries(
      Object.entries(relations).map(([relation, [, ...allowed]]) => [
        relation,
        { directly_related_user_types: allowed.map(reference) },
      ]),
    ),
  },
})

export const model = (...type_definitions: TypeDefinition[]): ModelBody => ({ schema_version: '1.1', type_definitions })

/** Documents with parents, owners and viewers; groups within groups. */
export const documents = model(
  type('user'),
  type('group', { member: [self, 'user', 'group#member'] }),
  type('document', {
    parent: [self, 'document'],
    owner: [self, 'user'],
    viewer: [any(self, computed('owner'), from('viewer', 'parent')), 'user', 'user:*', 'group#member'],
  }),
)

/** `document:1#viewer@user:anne` */
export function tuple(text: string): TupleKey {
  const at = text.indexOf('@')
  const [object = '', relation = ''] = text.slice(0, at).split('#')
  return { object, relation, user: text.slice(at + 1) }
}

function reference(text: string): RelationReference {
  const [kind = '', condition] = text.split(' with ')
  const [name = '', relation] = kind.split('#')
  return {
    ...(kind.endsWith(':*') ? { type: kind.slice(0, -2), wildcard: {} } : { type: name }),
    ...(relation !== undefined && { relation }),
    ...(condition !== undefined && { condition }),
  }
}
