// A plan read backwards: where each relation leads on to, and from where a wanted relation can be reached at all.
import { ALL, ANY, COMPUTED, DIRECT, type Direct, EXCEPT, type From, type Plan, type Step } from '../plan.ts'

export interface Reach {
  /** By relation: the relations computed from it on the same object. */
  computed: readonly (readonly number[])[]
  /** By relation, then by relation it may stand in as a userset. */
  usersets: readonly ReadonlyMap<number, Direct>[]
  /** By relation: who takes it from a tupleset. */
  from: readonly (readonly { relation: number; step: From }[])[]
  /** By relation: its own tuples, where it has any. */
  direct: readonly (Direct | undefined)[]
  /** 1 for every relation something of which may lead to `relation`. */
  useful(relation: number): Uint8Array
  /** Whether the relation's own rewrite only grants. */
  grants(relation: number): boolean
  /** Whether everything that leads to `relation` grants: no intersection, no exclusion. */
  onlyGrants(relation: number): boolean
}

/**
 * `narrow`: of an intersection only the narrowest part, enough for finding what may be in it; without it every part,
 * for telling what stands anywhere on the way.
 */
export function reachOf(plan: Plan, { narrow }: { narrow: boolean }): Reach {
  const width = plan.relations.length
  const computed: number[][] = Array.from({ length: width }, () => [])
  const usersets: Map<number, Direct>[] = Array.from({ length: width }, () => new Map())
  const from: { relation: number; step: From }[][] = Array.from({ length: width }, () => [])
  const direct: (Direct | undefined)[] = Array.from({ length: width })
  const before: Set<number>[] = Array.from({ length: width }, () => new Set())
  const narrowed = new Uint8Array(width)
  const kept = new Map<number, Uint8Array>()

  const visit = (step: Step, relation: number, type: number): void => {
    switch (step.kind) {
      case DIRECT:
        direct[relation] = step
        for (const userset of step.usersets.keys()) {
          usersets[userset]?.set(relation, step)
          before[relation]?.add(userset)
        }
        return
      case COMPUTED:
        computed[step.relation]?.push(relation)
        before[relation]?.add(step.relation)
        return
      case ANY:
      case ALL:
        if (step.kind === ALL) narrowed[relation] = 1
        for (const part of step.kind === ALL && narrow ? narrowest(plan, step.steps) : step.steps)
          visit(part, relation, type)
        return
      case EXCEPT:
        narrowed[relation] = 1
        // What is subtracted leads nowhere: it can only take away.
        visit(step.base, relation, type)
        return
      default:
        step.relations.forEach((of, parent) => {
          if (of === undefined || !step.objects[parent]) return
          from[of]?.push({ relation, step })
          before[relation]?.add(of)
        })
    }
  }
  for (const { number, typeNumber, root } of plan.relations) visit(root, number, typeNumber)

  const useful = (relation: number): Uint8Array => {
    const known = kept.get(relation)
    if (known) return known
    const found = new Uint8Array(width)
    const open = [relation]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found[next] === 1) continue
      found[next] = 1
      open.push(...(before[next] ?? []))
    }
    kept.set(relation, found)
    return found
  }
  return {
    ...{ computed, usersets, from, direct, useful },
    grants: (relation) => narrowed[relation] === 0,
    onlyGrants: (relation) => useful(relation).every((one, at) => one === 0 || narrowed[at] === 0),
  }
}

// What everyone may be in is found from every user, and mostly in vain.
export function narrowest(plan: Plan, steps: readonly Step[]): readonly Step[] {
  const first = steps.find((step) => !isPublic(plan, step, new Set())) ?? steps[0]
  return first ? [first] : []
}

function isPublic(plan: Plan, step: Step, seen: Set<number>): boolean {
  const goesOn = (relation: number | undefined): boolean => {
    const root = relation === undefined ? undefined : plan.relations[relation]?.root
    if (!root || relation === undefined || seen.has(relation)) return false
    seen.add(relation)
    return isPublic(plan, root, seen)
  }
  switch (step.kind) {
    case DIRECT:
      return step.wildcards.some((one) => one !== undefined) || [...step.usersets.keys()].some(goesOn)
    case COMPUTED:
      return goesOn(step.relation)
    case ANY:
      return step.steps.some((part) => isPublic(plan, part, seen))
    case ALL:
      return step.steps.every((part) => isPublic(plan, part, seen))
    case EXCEPT:
      return isPublic(plan, step.base, seen)
    default:
      return step.relations.some((of, type) => step.objects[type] !== undefined && goesOn(of))
  }
}
