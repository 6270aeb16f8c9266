// How to search from a user towards one relation: compiled at its first use, then cached.
import {
  ALL,
  type Allowed,
  ANY,
  COMPUTED,
  DIRECT,
  type Direct,
  EXCEPT,
  FROM,
  type From,
  type Plan,
  type Step,
} from '../plan.ts'
import { narrowest, type Reach, reachOf } from './reachability.ts'

export interface ReversePlan {
  /**
   * What must still be judged of what is reached: nothing where all of it grants; the rest of the rewrite where that
   * alone does more; undefined where the whole must be judged.
   */
  rest: readonly Rest[] | undefined
  /** Relations, by the graph's numbers, whose tuples of the object itself the rest reads. */
  reads: readonly number[]
  /** By relation: 1 where something of it may lead to what is wanted; and where it leads on to other objects. */
  useful: Uint8Array
  leadsOn: Uint8Array
  /** By type number: whether everyone of it may stand in something of this. */
  ofEveryone: readonly boolean[]
  /** By relation: its own tuples. */
  direct: readonly (Direct | undefined)[]
  /** By relation: those computed from it on the same object. */
  computed: readonly (readonly number[])[]
  /** By relation: how it counts as a userset, by the relation it stands in. */
  usersets: readonly (readonly (Allowed | undefined)[] | undefined)[]
  /** By relation: who takes it from a tupleset. */
  from: readonly (readonly Taker[])[]
}

/** A part of an intersection, or what is subtracted. */
export interface Rest {
  step: Step
  subtracted: boolean
}

export interface Taker {
  relation: number
  typeNumber: number
  step: From
}

export function reversePlansOf(plan: Plan): (wanted: number) => ReversePlan {
  const reach = reachOf(plan, { narrow: true })
  const kept = new Map<number, ReversePlan>()
  return (wanted) => {
    const known = kept.get(wanted)
    if (known) return known
    const made = reversePlanTo(plan, reach, wanted)
    kept.set(wanted, made)
    return made
  }
}

function reversePlanTo(plan: Plan, reach: Reach, wanted: number): ReversePlan {
  const useful = reach.useful(wanted)
  const isUseful = (relation: number): boolean => useful[relation] === 1
  const computed = reach.computed.map((by) => by.filter(isUseful))
  const usersets = reach.usersets.map((into, userset) => {
    const counts = plan.relations.map(({ number }) =>
      isUseful(number) ? into.get(number)?.usersets.get(userset) : undefined,
    )
    return counts.some((allowed) => allowed) ? counts : undefined
  })
  const from = reach.from.map((takers) =>
    takers.flatMap(({ relation, step }) => {
      const planned = plan.relations[relation]
      return planned && isUseful(relation) ? [{ relation, typeNumber: planned.typeNumber, step }] : []
    }),
  )
  const leads = (_: number, relation: number) => (usersets[relation] || from[relation]?.length ? 1 : 0)
  const direct = reach.direct.map((step, relation) => (isUseful(relation) ? step : undefined))
  const ofEveryone: boolean[] = []
  for (const step of direct)
    step?.wildcards.forEach((allowed, type) => {
      if (allowed) ofEveryone[type] = true
    })
  const goesOn = computed[wanted]?.length || leads(0, wanted) === 1
  const planned = plan.relations[wanted]
  const before = useful.every((one, relation) => one === 0 || relation === wanted || reach.grants(relation))
  const rest = before && !goesOn && planned ? restOf(plan, planned.root) : reach.onlyGrants(wanted) ? [] : undefined
  return {
    rest,
    reads: [
      ...new Set((rest ?? []).flatMap(({ step }) => readsOf(plan, step, { relation: wanted, known: new Set() }))),
    ],
    leadsOn: useful.map(leads),
    ...{ useful, ofEveryone, direct, computed, usersets, from },
  }
}

function readsOf(plan: Plan, step: Step, of: { relation: number; known: Set<number> }): number[] {
  switch (step.kind) {
    case DIRECT:
      return [plan.relations[of.relation]?.nameNumber ?? -1]
    case FROM:
      return [step.tupleset]
    case COMPUTED: {
      const { relation } = step
      const root = of.known.has(relation) ? undefined : plan.relations[relation]?.root
      return root ? readsOf(plan, root, { relation, known: of.known.add(relation) }) : []
    }
    case EXCEPT:
      return [step.base, step.subtract].flatMap((one) => readsOf(plan, one, of))
    default:
      return step.steps.flatMap((one) => readsOf(plan, one, of))
  }
}

/** What was reached came by the base, or by the narrowest part. */
function restOf(plan: Plan, step: Step): Rest[] | undefined {
  switch (step.kind) {
    case ALL: {
      const [narrow] = narrowest(plan, step.steps)
      const rest = narrow && restOf(plan, narrow)
      return rest?.concat(step.steps.flatMap((one) => (one === narrow ? [] : [{ step: one, subtracted: false }])))
    }
    case EXCEPT:
      return restOf(plan, step.base)?.concat({ step: step.subtract, subtracted: true })
    case ANY:
      // By which of several it came is not known.
      return step.steps.every((one) => restOf(plan, one)?.length === 0) ? [] : undefined
    default:
      return []
  }
}
