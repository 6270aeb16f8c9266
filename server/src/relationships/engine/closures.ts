// Which groups each user is in, through groups in groups: kept per user, forgotten when a tuple of a group changes it.
// Group-like is a relation made of usersets of its own kind alone: no conditions, intersections or other objects.
import { Goals } from './goals.ts'
import { type Graph, numberIn, OBJECT, objectItem, usersetItem } from './graph.ts'
import { computedIn, groupLike } from './group-like.ts'
import { KeptLists } from './kept-lists.ts'
import { ANY, DIRECT, type Plan, type Step } from './plan.ts'
import { type Asker, DEPTH_LIMIT, NOWHERE } from './question.ts'
import { Recent } from './recent.ts'

/** Users whose closure is kept, and groups whose height is; at most twice as many. */
const MOST_USERS = 50_000
const MOST_HEIGHTS = 100_000
/** Bits that tell the distance in an item of a closure; it is at most the depth limit, what lies deeper is left out. */
const DISTANCE = 5
const NO_GROUPS = new Int32Array()

type Groups = [object: number, relation: number][]

export class Closures {
  readonly #plan: Plan
  readonly #graph: Graph
  /** By relation; what leads up from it by a userset, and by being computed on the same object. */
  readonly covered: Uint8Array
  readonly #computedBy: number[][] = []
  /** Groups as numbers, those that some closure holds. */
  readonly #groups = new Goals()
  /** By user: its groups in order, each with its distance. */
  readonly #kept = new KeptLists(MOST_USERS)
  /** The user asked about last: a question asks about one, in many groups. */
  #user = -1
  #closure: Int32Array = NO_GROUPS
  #from = 0
  #to = 0
  /** By wildcard. */
  readonly #everyone = new Map<number, Groups>()
  /** By group that is a userset: the groups it stands in. Apart, because a group stands in far more documents. */
  #above: Map<number, number[]> | undefined
  /** Levels of groups below each group; infinite in a cycle, and beyond the depth limit. */
  readonly #heights = new Recent<number, number>(MOST_HEIGHTS)
  #tallest: number | undefined
  /** Questions since the tallest was last unknown. */
  #asked = 0

  constructor(plan: Plan, graph: Graph) {
    this.#plan = plan
    this.#graph = graph
    this.covered = groupLike(plan)
    for (const { number, root } of plan.relations)
      if (this.covered[number] === 1)
        for (const from of computedIn(root)) this.#computedBy[from] = [...(this.#computedBy[from] ?? []), number]
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
    const above = this.#edges()
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
    const group = this.#groups.find(object, relation)
    if (group === -1) return undefined
    const closure = this.#closure
    let low = this.#from
    let high = this.#to
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((closure[middle] as number) >>> DISTANCE < group) low = middle + 1
      else high = middle
    }
    if (low === this.#to) return undefined
    const found = closure[low] as number
    return found >>> DISTANCE === group ? found & ((1 << DISTANCE) - 1) : undefined
  }

  #turnTo(user: number): void {
    const kept = this.#kept
    if (kept.find(user)) {
      this.#closure = kept.items
      this.#from = kept.from
      this.#to = kept.to
      this.#user = user
      return
    }
    const closure = this.#climb(user)
    this.#closure = closure
    this.#from = 0
    this.#to = closure.length
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
    if ((item & OBJECT) === 0) this.#move(user, goal)
    // A group in a group, or everyone, changes more users than can be told from here.
    if ((item & OBJECT) !== 0 && !this.#isWildcard(user)) {
      this.#kept.delete(user)
      return
    }
    this.#kept.clear()
    this.#everyone.clear()
    this.#heights.clear()
    this.#tallest = undefined
    this.#asked = 0
  }

  #isWildcard(object: number): boolean {
    return this.#plan.wildcard(this.#graph.typeOf(object)) === object
  }

  #climb(user: number): Int32Array {
    const { goals, ofObject } = this.#graph
    const everyone = this.#plan.wildcard(this.#graph.typeOf(user))
    let level: Groups = []
    this.#goalsOf(ofObject, user, (goal) => this.#reach(level, goal, objectItem(user)))
    if (everyone !== -1 && everyone !== user) for (const group of this.#ofEveryone(everyone)) level.push(group)
    if (level.length === 0) return NO_GROUPS
    const above = this.#edges()
    const found = new Map<number, number>()
    for (let distance = 0; level.length > 0 && distance <= DEPTH_LIMIT; distance++) {
      const next: typeof level = []
      // Grows while it is walked: what is computed on the same object is no step up.
      for (const [object, relation] of level) {
        const group = this.#groups.add(object, relation)
        if (found.has(group)) continue
        found.set(group, distance)
        for (const by of this.#computedBy[relation] ?? []) level.push([object, by])
        const goal = goals.find(object, this.#plan.relations[relation]?.nameNumber ?? -1)
        for (const over of above.get(goal) ?? []) this.#reach(next, over, usersetItem(goal))
      }
      level = next
    }
    return Int32Array.from(found, ([group, distance]) => (group << DISTANCE) | distance).sort()
  }

  /** What everyone of a type is in themselves: not only groups, and so looked through once. */
  #ofEveryone(everyone: number): Groups {
    const known = this.#everyone.get(everyone)
    if (known) return known
    const groups: Groups = []
    this.#goalsOf(this.#graph.ofObject, everyone, (goal) => this.#reach(groups, goal, objectItem(everyone)))
    this.#everyone.set(everyone, groups)
    return groups
  }

  #edges(): Map<number, number[]> {
    if (this.#above) return this.#above
    this.#above = new Map()
    const { goals, users } = this.#graph
    for (let goal = 0; goal < goals.count; goal++) {
      const relation = this.#plan.find(this.#graph.typeOf(goals.objectOf(goal)), goals.relationOf(goal))
      if (relation === -1 || this.covered[relation] !== 1) continue
      for (let at = 0, length = users.lengthOf(goal); at < length; at++) {
        const item = users.itemAt(goal, at)
        if ((item & OBJECT) !== 0) break
        // Each pair stands once: nothing of it has to be looked for, as a change of one has to.
        const others = this.#above.get(numberIn(item))
        if (others) others.push(goal)
        else this.#above.set(numberIn(item), [goal])
      }
    }
    return this.#above
  }

  /** The userset was put into the goal or taken out: as the graph has it now. */
  #move(userset: number, goal: number): void {
    if (!this.#above) return
    const others = (this.#above.get(userset) ?? []).filter((one) => one !== goal)
    if (this.#graph.users.find(goal, usersetItem(userset)) !== -1) others.push(goal)
    if (others.length > 0) this.#above.set(userset, others)
    else this.#above.delete(userset)
  }

  #goalsOf(lists: Graph['ofObject'], list: number, visit: (goal: number) => void): void {
    const length = lists.lengthOf(list)
    for (let at = 0; at < length; at++) visit(lists.itemAt(list, at) >>> 1)
  }

  // The tuple counts only where the model allows it.
  #reach(onto: Groups, goal: number, item: number): void {
    const { goals, users } = this.#graph
    const object = goals.objectOf(goal)
    const relation = this.#plan.find(this.#graph.typeOf(object), goals.relationOf(goal))
    if (relation === -1 || this.covered[relation] !== 1) return
    const root = this.#plan.relations[relation]?.root
    const found = users.find(goal, item)
    if (root && found !== -1 && (found & 1) === 0 && allows(this.#plan, this.#graph, { root, item }))
      onto.push([object, relation])
  }
}

function allows(plan: Plan, graph: Graph, { root, item }: { root: Step; item: number }): boolean {
  const steps = root.kind === ANY ? root.steps : [root]
  for (const step of steps) {
    if (step.kind !== DIRECT) continue
    const number = numberIn(item)
    if ((item & OBJECT) === 0) {
      const of = graph.goals.objectOf(number)
      return step.usersets.has(plan.find(graph.typeOf(of), graph.goals.relationOf(number)))
    }
    const type = graph.typeOf(number)
    return (number === plan.wildcard(type) ? step.wildcards : step.objects)[type] !== undefined
  }
  return false
}
