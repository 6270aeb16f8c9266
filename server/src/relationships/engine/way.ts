// What is on the way from a user to one relation, and nothing else: made at its first use, then kept.
import type { Allowed, Direct, From, Plan } from './plan.ts'
import { type Reach, reachOf } from './reach.ts'

export interface Way {
  /** Whether everything on it grants: no intersection, no exclusion. */
  onlyGrants: boolean
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

export interface Taker {
  relation: number
  typeNumber: number
  step: From
}

export function waysOf(plan: Plan): (wanted: number) => Way {
  const reach = reachOf(plan, { narrow: true })
  const kept = new Map<number, Way>()
  return (wanted) => {
    const known = kept.get(wanted)
    if (known) return known
    const way = wayTo(plan, reach, wanted)
    kept.set(wanted, way)
    return way
  }
}

function wayTo(plan: Plan, reach: Reach, wanted: number): Way {
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
  return {
    onlyGrants: reach.onlyGrants(wanted),
    leadsOn: useful.map(leads),
    ...{ useful, ofEveryone, direct, computed, usersets, from },
  }
}
