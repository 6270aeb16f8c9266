// From a user's tuples upwards, over relations that can lead to the one wanted, breadth first. It goes as many steps as
// it is told and can be gone on with later, while neither the tuples nor the plan have changed.
import { CONDITIONAL, type Graph, numberIn, objectItem, usersetItem } from './graph.ts'
import type { Ground } from './ground.ts'
import type { Lists } from './lists.ts'
import type { Allowed } from './plan.ts'
import { type Asker, type Conditions, DEPTH_LIMIT, NOWHERE, namedIn } from './question.ts'
import { Reached } from './reached.ts'
import { FAULTY, NO } from './verdict.ts'
import type { Way } from './way.ts'

export interface Listing {
  ground: Ground
  asker: Asker
  conditions: Conditions
  /** The relation wanted; its type is the type of the objects. */
  relation: number
}

/** What the open list holds: goals of the asker, of everyone, of a userset, or that an object is a tupleset of. */
const NAMED = 0
const EVERYONE = 1
const USERSET = 2
const FROM = 3

export class Climb {
  /** Objects that stand in the relation for certain, and objects that may; whoever reads them takes them away. */
  readonly granted: number[] = []
  readonly doubtful: number[] = []
  /** Whether everything that can be reached was. */
  done = false
  readonly #plan: Ground['plan']
  readonly #graph: Graph
  readonly #way: Way
  readonly #asker: Asker
  readonly #conditions: Conditions
  readonly #wanted: number
  readonly #reached: Reached
  /**
   * While nothing but grants led to what is reached. A condition that cannot be judged makes all that comes later
   * doubtful, never what came before: that was reached without it.
   */
  #certain: boolean
  /** Pairs of an object and a relation reached by so many steps, and by one more. */
  #level: number[] = []
  #next: number[] = []
  #depth = 0
  #at = 0
  /** What is opened next; and the list that is open: whose goals, as which item, and how far it was walked. */
  #stage = NAMED
  #kind = NAMED
  #lists: Lists
  #list = 0
  #item = 0
  #place = 0
  #length = 0

  constructor({ ground, asker, conditions, relation }: Listing) {
    const { plan, graph, ways } = ground
    this.#plan = plan
    this.#graph = graph
    this.#way = ways(relation)
    this.#asker = asker
    this.#conditions = conditions
    this.#wanted = relation
    this.#reached = new Reached(graph.names.count)
    this.#certain = this.#way.onlyGrants
    this.#lists = graph.ofObject
  }

  /** Goes about so many steps; says how many it went. */
  more(steps: number): number {
    let gone = 0
    while (gone < steps) {
      const from = this.#place
      if (from < this.#length) {
        const until = Math.min(this.#length, from + steps - gone)
        this.#walk(until)
        this.#place = until
        gone += until - from
      } else {
        gone += 1
        this.done = !this.#openNext()
        if (this.done) break
      }
    }
    return gone
  }

  #openNext(): boolean {
    const { object, relation, item, everyone } = this.#asker
    switch (this.#stage) {
      case NAMED:
        this.#stage = EVERYONE
        if (object === -1) this.#open(NAMED, this.#graph.ofObject, item)
        else if (this.#way.useful[relation] === 1) this.#arrive(object, relation, 0)
        return true
      case EVERYONE:
        this.#stage = USERSET
        this.#open(EVERYONE, this.#graph.ofObject, everyone)
        return true
      case USERSET:
        if (this.#at >= this.#level.length && !this.#deeper()) return false
        this.#stage = FROM
        this.#openUserset(this.#level[this.#at] as number, this.#level[this.#at + 1] as number)
        return true
      default:
        this.#stage = USERSET
        this.#openFrom(this.#level[this.#at] as number, this.#level[this.#at + 1] as number)
        this.#at += 2
        return true
    }
  }

  #deeper(): boolean {
    this.#level = this.#next
    this.#next = []
    this.#at = 0
    this.#depth += 1
    return this.#level.length > 0
  }

  #open(kind: number, lists: Lists, item: number): void {
    if (item === NOWHERE) return
    this.#kind = kind
    this.#lists = lists
    this.#item = item
    this.#list = numberIn(item)
    this.#place = 0
    this.#length = lists.lengthOf(this.#list)
  }

  #openUserset(object: number, relation: number): void {
    // The level grows while it is walked: what is computed on the same object is no step up.
    for (const by of this.#way.computed[relation] ?? []) this.#arrive(object, by, this.#depth)
    if (!this.#way.usersets[relation]) return
    const userset = this.#graph.goalOf(object, this.#plan.relations[relation]?.nameNumber ?? 0)
    if (userset !== -1) this.#open(USERSET, this.#graph.ofUserset, usersetItem(userset))
  }

  #openFrom(object: number, relation: number): void {
    if (this.#way.from[relation]?.length === 0) return
    if (object === this.#plan.wildcard(this.#graph.typeOf(object))) return
    this.#open(FROM, this.#graph.ofObject, objectItem(object))
  }

  #walk(until: number): void {
    if (this.#kind === FROM) this.#walkFrom(until)
    else if (this.#kind === USERSET) this.#walkUserset(until)
    else this.#walkDirect(until)
  }

  #walkDirect(until: number): void {
    const { goals } = this.#graph
    const lists = this.#lists
    const everyone = this.#kind === EVERYONE
    for (let at = this.#place; at < until; at++) {
      const goal = lists.itemAt(this.#list, at)
      const object = goals.objectOf(goal >>> 1)
      const relation = this.#plan.find(this.#graph.typeOf(object), goals.relationOf(goal >>> 1))
      const step = relation === -1 ? undefined : this.#way.direct[relation]
      if (!step) continue
      const allowed = everyone ? step.wildcards[this.#asker.type] : namedIn(step, this.#asker)
      if (allowed && this.#counts(allowed, goal)) this.#arrive(object, relation, 0)
    }
  }

  #walkUserset(until: number): void {
    const { goals } = this.#graph
    const lists = this.#lists
    const into = this.#way.usersets[this.#level[this.#at + 1] as number] ?? []
    for (let at = this.#place; at < until; at++) {
      const goal = lists.itemAt(this.#list, at)
      const object = goals.objectOf(goal >>> 1)
      const relation = this.#plan.find(this.#graph.typeOf(object), goals.relationOf(goal >>> 1))
      const allowed = relation === -1 ? undefined : into[relation]
      if (allowed && this.#counts(allowed, goal)) this.#arrive(object, relation, this.#depth + 1)
    }
  }

  #walkFrom(until: number): void {
    const { goals } = this.#graph
    const lists = this.#lists
    // It was opened as the last of its object's, so the place in the level is one further already.
    const parent = this.#level[this.#at - 2] as number
    const takers = this.#way.from[this.#level[this.#at - 1] as number] ?? []
    const type = this.#graph.typeOf(parent)
    for (let at = this.#place; at < until; at++) {
      const goal = lists.itemAt(this.#list, at)
      const tupleset = goals.relationOf(goal >>> 1)
      for (const { relation, typeNumber, step } of takers) {
        if (step.tupleset !== tupleset) continue
        const object = goals.objectOf(goal >>> 1)
        const allowed = typeNumber === this.#graph.typeOf(object) ? step.objects[type] : undefined
        if (allowed && this.#counts(allowed, goal)) this.#arrive(object, relation, this.#depth + 1)
      }
    }
  }

  /** Does the model let the open list's item count in the goal, and does its condition hold? Bit 0 tells of one. */
  #counts(allowed: Allowed, goal: number): boolean {
    if ((goal & CONDITIONAL) === 0) return allowed.plain
    const verdict = this.#conditions.judge(allowed, goal >>> 1, this.#item | CONDITIONAL)
    if (verdict === FAULTY) this.#certain = false
    return verdict !== NO
  }

  #arrive(object: number, relation: number, depth: number): void {
    if (!this.#reached.add(object, relation)) return
    // What lies deeper is refused by its judgement, never left out.
    if (relation === this.#wanted) (this.#certain && depth <= DEPTH_LIMIT ? this.granted : this.doubtful).push(object)
    if (this.#way.leadsOn[relation] === 1) (depth > this.#depth ? this.#next : this.#level).push(object, relation)
  }
}
