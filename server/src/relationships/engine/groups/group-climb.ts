// From a user up through groups in groups: which it is in, and at what distance.
import { Goals } from '../graph/goals.ts'
import { CONDITIONAL, type Graph, numberIn, OBJECT, usersetItem } from '../graph/graph.ts'
import { ANY, DIRECT, type Direct, type Plan } from '../plan.ts'
import { DEPTH_LIMIT } from '../question.ts'
import { computedIn, groupLike } from './group-like.ts'

/** Bits that tell the distance beside a group; it is at most the depth limit, what lies deeper is left out. */
const DISTANCE = 5
const NO_GROUPS = new Int32Array()

export class GroupClimb {
  readonly #plan: Plan
  readonly #graph: Graph
  /** By relation, whether it is group-like. */
  readonly covered: Uint8Array
  /** Groups as numbers, those that somebody was found to be in. */
  readonly groups = new Goals()
  /** By relation: what is computed from it on the same object, and what its tuples may say. */
  readonly #computedBy: number[][] = []
  readonly #direct: (Direct | undefined)[] = []
  /** By wildcard, the groups that it stands in itself. */
  readonly #everyone = new Map<number, readonly number[]>()
  /** By group that is a userset: the groups it stands in. Apart, because a group stands in far more documents. */
  #above: Map<number, number[]> | undefined
  /** The groups of this climb, in the order in which they were reached; by group, the last climb that reached it. */
  #reached = new Int32Array(64)
  #count = 0
  #stamps = new Int32Array(64)
  #stamp = 0

  constructor(plan: Plan, graph: Graph) {
    this.#plan = plan
    this.#graph = graph
    this.covered = groupLike(plan)
    for (const { number, root } of plan.relations) {
      this.#direct[number] = (root.kind === ANY ? root.steps : [root]).find((step) => step.kind === DIRECT)
      if (this.covered[number] === 1)
        for (const from of computedIn(root)) this.#computedBy[from] = [...(this.#computedBy[from] ?? []), number]
    }
  }

  /** In order, each group with its distance in nested steps; read by `distanceIn`. */
  of(user: number): Int32Array {
    const everyone = this.#plan.wildcard(this.#graph.typeOf(user))
    const ofEveryone = everyone === -1 || everyone === user ? [] : this.#ofEveryone(everyone)
    this.#begin()
    this.#enter(user)
    for (const group of ofEveryone) this.#arrive(group)
    if (this.#count === 0) return NO_GROUPS
    const found: number[] = []
    for (let from = 0, distance = 0; from < this.#count && distance <= DEPTH_LIMIT; distance++) {
      const to = this.#count
      for (; from < to; from++) {
        const group = this.#reached[from] as number
        found.push((group << DISTANCE) | distance)
        this.#up(group)
      }
    }
    return Int32Array.from(found).sort()
  }

  /** Each userset that stands in groups, and those groups as goals. */
  above(): ReadonlyMap<number, readonly number[]> {
    if (this.#above) return this.#above
    this.#above = new Map()
    const { goals, users } = this.#graph
    for (let goal = 0; goal < goals.count; goal++) {
      if (this.#groupLike(goal) === -1) continue
      for (let at = 0, length = users.lengthOf(goal); at < length; at++) {
        const item = users.itemAt(goal, at)
        if ((item & OBJECT) !== 0) break
        if ((item & CONDITIONAL) !== 0) continue
        // Each pair stands once: nothing of it has to be looked for, as a change of one has to.
        const others = this.#above.get(numberIn(item))
        if (others) others.push(goal)
        else this.#above.set(numberIn(item), [goal])
      }
    }
    return this.#above
  }

  /** The userset was put into the goal or taken out: as the graph has it now. */
  moved(userset: number, goal: number): void {
    if (!this.#above) return
    const others = (this.#above.get(userset) ?? []).filter((one) => one !== goal)
    const item = this.#graph.users.find(goal, usersetItem(userset))
    if (item !== -1 && (item & CONDITIONAL) === 0) others.push(goal)
    if (others.length > 0) this.#above.set(userset, others)
    else this.#above.delete(userset)
  }

  /** Everyone was put into a group, or taken out. */
  forgetEveryone(): void {
    this.#everyone.clear()
  }

  #begin(): void {
    this.#count = 0
    this.#stamp += 1
    if (this.#stamp < 2 ** 31) return
    this.#stamps.fill(0)
    this.#stamp = 1
  }

  /** Its relation in the plan; -1 where the goal is no group. */
  #groupLike(goal: number): number {
    const { goals } = this.#graph
    const relation = this.#plan.find(this.#graph.typeOf(goals.objectOf(goal)), goals.relationOf(goal))
    return relation !== -1 && this.covered[relation] === 1 ? relation : -1
  }

  /** Arrives at the groups that the user itself, or the wildcard itself, stands in. */
  #enter(user: number): void {
    const { goals, ofObject } = this.#graph
    const type = this.#graph.typeOf(user)
    const isEveryone = this.#plan.wildcard(type) === user
    for (let at = 0, length = ofObject.lengthOf(user); at < length; at++) {
      const item = ofObject.itemAt(user, at)
      // No group-like relation has conditions: a tuple that has one is of an older model.
      if ((item & CONDITIONAL) !== 0) continue
      const goal = numberIn(item)
      const relation = this.#groupLike(goal)
      if (relation === -1) continue
      const direct = this.#direct[relation]
      // The tuple counts only where the model allows it.
      const allowed = direct && (isEveryone ? direct.wildcards : direct.objects)[type]
      if (allowed) this.#arrive(this.groups.add(goals.objectOf(goal), relation))
    }
  }

  #ofEveryone(everyone: number): readonly number[] {
    const known = this.#everyone.get(everyone)
    if (known) return known
    this.#begin()
    this.#enter(everyone)
    const groups = Array.from(this.#reached.subarray(0, this.#count))
    this.#everyone.set(everyone, groups)
    return groups
  }

  /** What is computed on the same object is no step up. */
  #arrive(group: number): void {
    if (group >= this.#stamps.length) this.#stamps = larger(this.#stamps, group + 1)
    if (this.#stamps[group] === this.#stamp) return
    this.#stamps[group] = this.#stamp
    if (this.#count === this.#reached.length) this.#reached = larger(this.#reached, this.#count + 1)
    this.#reached[this.#count++] = group
    const by = this.#computedBy[this.groups.relationOf(group)]
    if (by) for (const relation of by) this.#arrive(this.groups.add(this.groups.objectOf(group), relation))
  }

  #up(group: number): void {
    const { goals } = this.#graph
    const relation = this.groups.relationOf(group)
    const userset = goals.find(this.groups.objectOf(group), this.#plan.relations[relation]?.nameNumber ?? -1)
    const over = this.above().get(userset)
    if (!over) return
    for (const goal of over) {
      const of = this.#groupLike(goal)
      if (of !== -1 && this.#direct[of]?.usersets.has(relation)) this.#arrive(this.groups.add(goals.objectOf(goal), of))
    }
  }
}

function larger(array: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(Math.max(least, array.length * 2))
  more.set(array)
  return more
}

/** The distance to `group` in what `of` has found; undefined where it is not among them. */
export function distanceIn(
  items: Int32Array,
  { from, to }: { from: number; to: number },
  group: number,
): number | undefined {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((items[middle] as number) >>> DISTANCE < group) low = middle + 1
    else high = middle
  }
  if (low === to) return undefined
  const found = items[low] as number
  return found >>> DISTANCE === group ? found & ((1 << DISTANCE) - 1) : undefined
}
