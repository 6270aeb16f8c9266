// One level of a relation as a tree of usersets, unevaluated (OpenFGA's Expand).

import type { Place } from './evaluate.ts'
import { allows, type Rewrite, relationOf } from './model.ts'

export type TreeNode = { name: string } & (
  | { leaf: { users: { users: string[] } } }
  | { leaf: { computed: { userset: string } } }
  | { leaf: { tupleToUserset: { tupleset: string; computed: { userset: string }[] } } }
  | { union: { nodes: TreeNode[] } }
  | { intersection: { nodes: TreeNode[] } }
  | { difference: { base: TreeNode; subtract: TreeNode } }
)

export function expand({ types, tuples, object, relation }: Place): TreeNode | undefined {
  const name = `${object}#${relation}`
  const direct = (of: string) => {
    const known = relationOf(types, object, of)
    return known ? [...tuples.usersOf(object, of)].filter((user) => allows(known, user)).sort() : []
  }
  const node = (rewrite: Rewrite): TreeNode => {
    if ('this' in rewrite) return { name, leaf: { users: { users: direct(relation) } } }
    if ('computedUserset' in rewrite)
      return { name, leaf: { computed: { userset: `${object}#${rewrite.computedUserset.relation}` } } }
    if ('tupleToUserset' in rewrite) {
      const { tupleset, computedUserset } = rewrite.tupleToUserset
      const computed = direct(tupleset.relation).map((user) => ({ userset: `${user}#${computedUserset.relation}` }))
      return { name, leaf: { tupleToUserset: { tupleset: `${object}#${tupleset.relation}`, computed } } }
    }
    if ('union' in rewrite) return { name, union: { nodes: rewrite.union.child.map(node) } }
    if ('intersection' in rewrite) return { name, intersection: { nodes: rewrite.intersection.child.map(node) } }
    const { base, subtract } = rewrite.difference
    return { name, difference: { base: node(base), subtract: node(subtract) } }
  }
  const known = relationOf(types, object, relation)
  return known && node(known.rewrite)
}
