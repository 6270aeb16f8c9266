// Which groups each user is in, through groups in groups: kept per user, forgotten when a tuple of a group changes it.
// Group-like is a relation made of usersets of its own kind alone: no conditions, intersections or other objects.

import { GenerationalCache } from '../generational-cache.ts'
import { type Graph, numberIn, OBJECT } from '../graph/graph.ts'
import type { Plan } from '../plan.ts'
import { type Asker, DEPTH_LIMIT, NOWHERE } from '../question.ts'
import { distanceIn, GroupClimb } from './group-climb.ts'
import { computedIn } from './group-like.ts'
import { ListCache } from './list-cache.ts'

/** Users whose closure is kept, and groups whose height is; at most twice as many. */
const MOST_USERS = 50_000
const MOST_HEIGHTS = 100_000

export class Closures {
  readonly #plan: Plan
  readonly #graph: Graph
  readonly #climb: GroupClimb
  /** By relation, whether closures tell of it. */
  readonly covered: Uint8Array
  /** By user: its groups in order, each with its distance. */
  readonly #kept = new ListCache(MOST_USERS)
  /** The user asked about last: a question asks about one, in many groups. */
  #user = -1
  #closure: Int32Array = new Int32Array()
  readonly #range = { from: 0, to: 0 }
  /** Levels of groups below each group; infinite in a cycle, and beyond the depth limit. */
  readonly #heights = new GenerationalCache<number, number>(MOST_HEIGHTS)
  #tallest: number | undefined
  /** Questions since the tallest was last unknown. */
  #asked = 0

  constructor(plan: Plan, graph: Graph) {
    this.#plan = plan
    this.#graph = graph
    this.#climb = new GroupClimb(plan, graph)
    this.covered = this.#climb.covered
  }

  /**
   * Nested steps from the goal, itself at `depth`, down to the user; -1 where it is not in there. Undefined where
   * closures do not tell: then it must be walked, for what is in a cycle or too deep is no plain no.
   */
  distance(asker: Asker, group: number, relation: number, depth: number): number | undefined {
    if (this.covered[relation] !== 1 || asker.object !== -1 || asker.isEveryone) return undefined
    const found = this.#distanceOf(asker, group, relation)
    if (found !== undefined) return found
    if (depth + this.#tallestHeight() <= DEPTH_LIMIT) return -1
    return depth + this.#height(group, relation, 0) <= DEPTH_LIMIT ? -1 : undefined
  }

  /** Of all groups, infinite while it is not known: after a change it is told only when enough was asked to be worth it. */
  #tallestHeight(): number {
    if (this.#tallest !== undefined) return this.#tallest
    const above = this.#climb.above()
    this.#asked += 1
    if (this.#asked < above.size) return Number.POSITIVE_INFINITY
    let tallest = 0
    const { goals } = this.#graph
    for (const over of above.values())
      for (const goal of over) {
        const object = goals.objectOf(goal)
        const relation = this.#plan.find(this.#graph.typeOf(object), goals.relationOf(goal))
        tallest = Math.max(tallest, this.#height(object, relation, 0))
      }
    this.#tallest = tallest
    return tallest
  }

  #distanceOf({ item, everyone }: Asker, object: number, relation: number): number | undefined {
    // Who is in no tuple is in what everyone is in.
    const who = item === NOWHERE ? everyone : item
    if (who === -1) return undefined
    const user = numberIn(who)
    if (user !== this.#user) this.#turnTo(user)
    // After that: what the user is in has its numbers now.
    const group = this.#climb.groups.find(object, relation)
    return group === -1 ? undefined : distanceIn(this.#closure, this.#range, group)
  }

  #turnTo(user: number): void {
    const kept = this.#kept
    if (kept.find(user)) {
      this.#closure = kept.items
      this.#range.from = kept.from
      this.#range.to = kept.to
      this.#user = user
      return
    }
    const closure = this.#climb.of(user)
    this.#closure = closure
    this.#range.from = 0
    this.#range.to = closure.length
    // A user in no tuple may be one whose number is forgotten after this question.
    if (this.#graph.ofObject.lengthOf(user) === 0) {
      this.#user = -1
      return
    }
    this.#user = user
    kept.set(user, closure)
  }

  #height(object: number, relation: number, depth: number): number {
    if (depth > DEPTH_LIMIT) return Number.POSITIVE_INFINITY
    const key = this.#key(object, relation)
    const known = this.#heights.get(key)
    if (known !== undefined) return known
    // What is met again below itself is in a cycle.
    this.#heights.set(key, Number.POSITIVE_INFINITY)
    const planned = this.#plan.relations[relation]
    const { goals, users } = this.#graph
    let height = 0
    if (planned) for (const of of computedIn(planned.root)) height = Math.max(height, this.#height(object, of, depth))
    const goal = goals.find(object, planned?.nameNumber ?? -1)
    for (let at = 0, length = goal === -1 ? 0 : users.lengthOf(goal); at < length && height < DEPTH_LIMIT + 1; at++) {
      const userset = users.itemAt(goal, at)
      if ((userset & OBJECT) !== 0) break
      const of = goals.objectOf(numberIn(userset))
      const below = this.#plan.find(this.#graph.typeOf(of), goals.relationOf(numberIn(userset)))
      if (below !== -1 && this.covered[below] === 1) height = Math.max(height, 1 + this.#height(of, below, depth + 1))
    }
    this.#heights.set(key, height)
    return height
  }

  #key(object: number, relation: number): number {
    return object * this.#plan.relations.length + relation
  }

  /** A tuple with this user was written or taken away. */
  changed(goal: number, item: number): void {
    const { goals } = this.#graph
    const relation = this.#plan.find(this.#graph.typeOf(goals.objectOf(goal)), goals.relationOf(goal))
    if (relation === -1 || this.covered[relation] !== 1) return
    const user = numberIn(item)
    this.#user = -1
    if ((item & OBJECT) === 0) this.#climb.moved(user, goal)
    // A group in a group, or everyone, changes more users than can be told from here.
    if ((item & OBJECT) !== 0 && !this.#isWildcard(user)) {
      this.#kept.delete(user)
      return
    }
    this.#kept.clear()
    this.#climb.forgetEveryone()
    this.#heights.clear()
    this.#tallest = undefined
    this.#asked = 0
  }

  #isWildcard(object: number): boolean {
    return this.#plan.wildcard(this.#graph.typeOf(object)) === object
  }
}
