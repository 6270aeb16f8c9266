// Which relations are groups: made of usersets of their own kind alone, so that climbing from a user tells who is in them.
import { ALL, ANY, COMPUTED, DIRECT, EXCEPT, type Plan, type Step } from '../plan.ts'

/** Relations that the step takes over from the same object. */
export const computedIn = (root: Step): number[] =>
  (root.kind === ANY ? root.steps : [root]).flatMap((step) => (step.kind === COMPUTED ? [step.relation] : []))

/** 1 for each group-like relation that stands as a userset somewhere: what others are made of, and not all documents. */
export function groupLike(plan: Plan): Uint8Array {
  const covered = new Uint8Array(plan.relations.length).fill(1)
  const fits = (step: Step): boolean => {
    if (step.kind === COMPUTED) return covered[step.relation] === 1
    if (step.kind !== DIRECT) return false
    const all = [...step.objects, ...step.wildcards, ...step.usersets.values()]
    return (
      all.every((allowed) => !allowed || allowed.conditions.size === 0) &&
      [...step.usersets.keys()].every((userset) => covered[userset] === 1)
    )
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const { number, root } of plan.relations) {
      if (covered[number] === 0 || (root.kind === ANY ? root.steps : [root]).every(fits)) continue
      covered[number] = 0
      changed = true
    }
  }
  const used = new Uint8Array(plan.relations.length)
  const use = (relation: number) => {
    const root = plan.relations[relation]?.root
    if (!root || used[relation] === 1) return
    used[relation] = 1
    for (const inner of computedIn(root)) use(inner)
  }
  const visit = (step: Step): void => {
    if (step.kind === DIRECT) for (const userset of step.usersets.keys()) use(userset)
    else if (step.kind === ANY || step.kind === ALL) step.steps.forEach(visit)
    else if (step.kind === EXCEPT) [step.base, step.subtract].forEach(visit)
  }
  for (const { root } of plan.relations) visit(root)
  return covered.map((one, relation) => one & (used[relation] as number))
}
