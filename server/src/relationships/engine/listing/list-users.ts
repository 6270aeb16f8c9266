// Every user in a relation to an object, who is named by a tuple on the way there: from the object's tuples downwards.

import { type ForEach, type Settled, settle, settling } from '../check/settle.ts'
import { itemsOf, type Link, type Part, type Unfolded, unfold } from '../check/unfold.ts'
import { FAULTY, NO, YES } from '../check/verdict.ts'
import { type Graph, numberIn, OBJECT, objectItem, usersetItem } from '../graph/graph.ts'
import { ALL, ANY, COMPUTED, DIRECT, EXCEPT, type Plan } from '../plan.ts'
import { type Asker, askerNumbered, type Conditions, NOBODY, namedIn } from '../question.ts'
import type { Reach } from './reachability.ts'

export interface UsersListing {
  plan: Plan
  graph: Graph
  reach: Reach
  conditions: Conditions
  object: number
  relation: number
  /** Number of the type asked for, and the relation where usersets are. */
  filter: { type: number; relation: number }
}

/** Items as they stand in lists of users. */
export type ListedUsers = { items: number[] } | { refused: 'too_deep' | 'faulty' }

export function listUsers({ plan, graph, reach, conditions, object, relation, filter }: UsersListing): ListedUsers {
  if (!leads(reach, { relation, filter })) return { items: [] }
  const unfolded = unfold(plan, graph, { object, relation, conditions })
  if (unfolded.cut) return { refused: 'too_deep' }
  /** Places of the goals that name each candidate, or are it. */
  const candidates = new Map<number, number[]>()
  const found = (item: number, place: number) => {
    const places = candidates.get(item)
    if (places) places.push(place)
    else candidates.set(item, [place])
  }
  for (const [place, goal] of unfolded.goals.entries()) {
    if (goal.relation === filter.relation && filter.relation !== -1) {
      const name = plan.relations[goal.relation]?.nameNumber
      if (name !== undefined) found(usersetItem(graph.goals.add(goal.object, name)), place)
    }
    for (const item of namedBy(goal.part)) found(item & ~1, place)
  }
  // Everything on the way is judged, also for users of other kinds: as upstream, one fault refuses the list.
  if (conditions.fault) return { refused: 'faulty' }
  const wanted = [...candidates].filter(([item]) => fits(item))
  if (reach.onlyGrants(relation)) return { items: wanted.map(([item]) => item) }
  const items: number[] = []
  const everyone = namesEveryone(reach, relation)
  let settled: ForEach | undefined
  for (const [item, places] of wanted) {
    const asker = askerFor(item)
    // Everyone is in what everyone is in, and so is nobody else: alone of its kind.
    const own = asker.isEveryone ? settle(unfolded, graph, { asker, conditions }) : undefined
    settled ??= settling(unfolded, graph, {
      asker: { ...NOBODY, type: asker.type, everyone: everyoneOf(asker) },
      conditions,
    })
    const touched = own ? unfolded.goals.keys() : settled.again(asker, places)
    const { verdicts, verdictOf } = own ?? settled
    if (verdicts[0] === FAULTY) return { refused: 'faulty' }
    // Where no tuple names everyone, whoever is in is named.
    const isIn = verdicts[0] === YES
    if (isIn && (!everyone || mentions(unfolded, graph, { asker, conditions, verdicts, verdictOf, touched })))
      items.push(item)
  }
  return { items }

  function everyoneOf({ object, type }: Asker): number {
    const wildcard = object === -1 ? plan.wildcard(type) : -1
    return wildcard === -1 ? -1 : objectItem(wildcard)
  }

  function* namedBy(part: Part): Iterable<number> {
    switch (part.kind) {
      case DIRECT:
        for (const item of itemsOf(graph, part.goal)) {
          const allowed = namedIn(part.step, askerFor(item))
          if (allowed && conditions.judge(allowed, part.goal, item) !== NO) yield item
        }
        return
      case ANY:
      case ALL:
        for (const one of part.parts) yield* namedBy(one)
        return
      case EXCEPT:
        yield* namedBy(part.base)
        yield* namedBy(part.subtract)
    }
  }

  function fits(item: number): boolean {
    const number = numberIn(item)
    if ((item & OBJECT) !== 0) return filter.relation === -1 && graph.typeOf(number) === filter.type
    return filter.relation !== -1 && relationOfGoal(number) === filter.relation
  }

  function relationOfGoal(goal: number): number {
    const of = graph.goals.objectOf(goal)
    return plan.find(graph.typeOf(of), graph.goals.relationOf(goal))
  }

  function askerFor(item: number): Asker {
    const number = numberIn(item)
    if ((item & OBJECT) === 0) {
      const of = graph.goals.objectOf(number)
      const type = graph.typeOf(of)
      return {
        ...{ item: item & ~1, type, isEveryone: false, everyone: -1 },
        ...{ object: of, relation: relationOfGoal(number) },
      }
    }
    return askerNumbered(plan, graph, number)
  }
}

interface Mentioning extends Settled {
  asker: Asker
  conditions: Conditions
  /** Places of all goals that lead to one that names it. */
  touched: Iterable<number>
}

/** Whether a tuple names the user on the way, and not only everyone of its kind (as upstream lists them). */
function mentions({ goals }: Unfolded, graph: Graph, mentioning: Mentioning): boolean {
  const { asker, conditions, verdicts, verdictOf, touched } = mentioning
  const places = [...touched]
  const known = new Set<number>()
  for (let changed = true; changed; ) {
    changed = false
    for (const place of places) {
      const goal = goals[place]
      if (!goal || known.has(place)) continue
      const itself = goal.object === asker.object && goal.relation === asker.relation
      if (!itself && !within(goal.part)) continue
      known.add(place)
      changed = true
    }
  }
  return known.has(0)

  function within(part: Part): boolean {
    switch (part.kind) {
      case DIRECT: {
        const allowed = namedIn(part.step, asker)
        const item = allowed && part.goal !== -1 ? graph.users.find(part.goal, asker.item) : -1
        const named = allowed && item !== -1 && conditions.judge(allowed, part.goal, item) === YES
        return named || through(part.usersets, part)
      }
      case 'links':
        return through(part.links, part)
      case COMPUTED:
        return known.has(part.to)
      case ANY:
        return part.parts.some((one) => verdictOf(one) === YES && within(one))
      case ALL:
        return verdictOf(part) === YES && part.parts.some(within)
      case EXCEPT:
        // Who is back in, because of being taken out of what takes out, is named there.
        return within(part.base) || (verdictOf(part.base) === YES && within(part.subtract))
      default:
        return false
    }
  }

  // Where the user is in, it must be named on a way that lets it in.
  function through(links: readonly Link[], whole: Part): boolean {
    const isIn = verdictOf(whole) === YES
    return links.some(({ to }) => known.has(to) && (!isIn || verdicts[to] === YES))
  }
}

const namesEveryone = ({ useful, direct }: Reach, relation: number): boolean => {
  const on = useful(relation)
  return direct.some((step, at) => on[at] === 1 && step?.wildcards.some((one) => one !== undefined))
}

/** Whether users of the filter's kind can be in the relation at all, as the model stands. */
function leads(reach: Reach, { relation, filter }: Pick<UsersListing, 'relation' | 'filter'>): boolean {
  const useful = reach.useful(relation)
  if (filter.relation !== -1) return useful[filter.relation] === 1
  return reach.direct.some((step, at) => {
    if (!step || useful[at] !== 1) return false
    return step.objects[filter.type] !== undefined || step.wildcards[filter.type] !== undefined
  })
}
