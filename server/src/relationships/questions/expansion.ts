// One level of a relation as a tree of usersets, unevaluated (OpenFGA's Expand).

import { itemsOf } from '../engine/check/unfold.ts'
import type { CompiledModel } from '../engine/compiled-model.ts'
import { askerOf, countsIn, namedIn } from '../engine/question.ts'
import { type Rewrite, relationOf, type Tuple, typeOf } from '../model.ts'
import type { ResolvedModel } from './resolved-model.ts'

export type TreeNode = { name: string } & (
  | { leaf: { users: { users: string[] } } }
  | { leaf: { computed: { userset: string } } }
  | { leaf: { tupleToUserset: { tupleset: string; computed: { userset: string }[] } } }
  | { union: { nodes: TreeNode[] } }
  | { intersection: { nodes: TreeNode[] } }
  | { difference: { base: TreeNode; subtract: TreeNode } }
)

interface Target {
  object: string
  relation: string
}

export function expand(
  { store, model }: ResolvedModel,
  target: Target,
  contextual: readonly Tuple[],
): TreeNode | undefined {
  const compiled = store.tuples.compiled(model)
  const known = relationOf(model.types, target.object, target.relation)
  return store.tuples.assuming(contextual, () => known && treeOf(known.rewrite, target, compiled))
}

function treeOf(root: Rewrite, { object, relation }: Target, compiled: CompiledModel): TreeNode {
  const name = `${object}#${relation}`
  const node = (rewrite: Rewrite): TreeNode => {
    if ('this' in rewrite) return { name, leaf: { users: { users: usersIn(compiled, { object, relation }) } } }
    if ('computedUserset' in rewrite)
      return { name, leaf: { computed: { userset: `${object}#${rewrite.computedUserset.relation}` } } }
    if ('tupleToUserset' in rewrite) {
      const { tupleset, computedUserset } = rewrite.tupleToUserset
      const parents = usersIn(compiled, { object, relation: tupleset.relation })
      const computed = parents.map((user) => ({ userset: `${user}#${computedUserset.relation}` }))
      return { name, leaf: { tupleToUserset: { tupleset: `${object}#${tupleset.relation}`, computed } } }
    }
    if ('union' in rewrite) return { name, union: { nodes: rewrite.union.child.map(node) } }
    if ('intersection' in rewrite) return { name, intersection: { nodes: rewrite.intersection.child.map(node) } }
    const { base, subtract } = rewrite.difference
    return { name, difference: { base: node(base), subtract: node(subtract) } }
  }
  return node(root)
}

/** Users of the tuples that the model allows, whatever their conditions say. */
function usersIn({ plan, graph, reach }: CompiledModel, { object, relation }: Target): string[] {
  const step = reach.direct[plan.named(typeOf(object), relation)?.number ?? -1]
  const goal = graph.goals.find(graph.addObject(object), graph.relationNumber(relation))
  if (!step) return []
  return [...itemsOf(graph, goal)]
    .filter((item) => {
      const allowed = namedIn(step, askerOf(plan, graph, graph.nameOfItem(item)))
      return allowed && countsIn(graph, allowed, { goal, item })
    })
    .map((item) => graph.nameOfItem(item))
    .sort()
}
