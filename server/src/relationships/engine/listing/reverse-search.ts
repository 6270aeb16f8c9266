// From a user's tuples upwards, over relations that can lead to the one wanted; depth first, which finds the first
// objects soonest. It goes as many steps as it is told, and is gone on with later while the tuples have not changed.

import { FAULTY, NO } from '../check/verdict.ts'
import type { CompiledModel } from '../compiled-model.ts'
import { CONDITIONAL, type Graph, numberIn, objectItem, usersetItem } from '../graph/graph.ts'
import type { Lists } from '../graph/lists.ts'
import type { Allowed } from '../plan.ts'
import { type Asker, type Conditions, DEPTH_LIMIT, NOWHERE, namedIn } from '../question.ts'
import { ReachedObjects } from './reached-objects.ts'
import type { ReversePlan } from './reverse-plan.ts'

export interface Listing {
  compiled: CompiledModel
  asker: Asker
  conditions: Conditions
  /** The relation wanted; its type is the type of the objects. */
  relation: number
}

/** Objects and their types read ahead, in loops of their own: what nothing depends on is fetched from memory together. */
const AHEAD = new Int32Array(32)
const TYPES = new Int32Array(AHEAD.length)

/** What the list that is read holds: goals of the asker, of everyone, of a userset, or that an object is a tupleset of. */
const NAMED = 0
const EVERYONE = 1
const USERSET = 2
const FROM = 3

export class ReverseSearch {
  /**
   * Objects that stand in the relation for certain; that do if the plan's rest says so; and that may. Whoever reads them
   * takes them away.
   */
  readonly granted: number[] = []
  readonly partly: number[] = []
  readonly doubtful: number[] = []
  /** Whether everything that can be reached was. */
  done = false
  readonly #plan: CompiledModel['plan']
  readonly #graph: Graph
  readonly #reversePlan: ReversePlan
  readonly #asker: Asker
  readonly #conditions: Conditions
  readonly #wanted: number
  readonly #reached: ReachedObjects
  /**
   * While nothing but grants led to what is reached. A condition that cannot be judged makes all that comes later
   * doubtful, never what came before: that was reached without it.
   */
  #certain: boolean
  /** Where what is reached for certain goes. */
  readonly #reachedSurely: number[]
  /** Where to go on from: object, relation, and by how many nested steps it was reached. */
  readonly #open: number[] = []
  /** What is gone on from now. */
  #object = -1
  #relation = -1
  #depth = 0
  /** What is read next; and the list that is read: of what kind, as which item, and how far it was walked. */
  #stage = NAMED
  /** Whether what everyone is in was read. */
  #everyone = false
  #kind = NAMED
  #lists: Lists
  #list = 0
  #item = 0
  #place = 0
  #length = 0

  constructor({ compiled, asker, conditions, relation }: Listing) {
    const { plan, graph, reversePlans } = compiled
    this.#plan = plan
    this.#graph = graph
    this.#reversePlan = reversePlans(relation)
    this.#asker = asker
    this.#conditions = conditions
    this.#wanted = relation
    this.#reached = new ReachedObjects(graph.names.count)
    this.#certain = this.#reversePlan.rest !== undefined
    this.#reachedSurely = this.#reversePlan.rest?.length === 0 ? this.granted : this.partly
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
        this.done = !this.#readNext()
        if (this.done) break
      }
    }
    return gone
  }

  #readNext(): boolean {
    const { object, relation, item, everyone } = this.#asker
    switch (this.#stage) {
      case NAMED:
        this.#stage = USERSET
        if (object === -1) this.#read(NAMED, this.#graph.ofObject, item)
        else if (this.#reversePlan.useful[relation] === 1) this.#arrive(object, relation, 0)
        return true
      case USERSET:
        if (this.#open.length === 0) {
          // Last, as it may be long and little of it lead anywhere.
          if (this.#everyone) return false
          this.#everyone = true
          if (this.#reversePlan.ofEveryone[this.#asker.type]) this.#read(EVERYONE, this.#graph.ofObject, everyone)
          return true
        }
        this.#stage = FROM
        this.#depth = this.#open.pop() as number
        this.#relation = this.#open.pop() as number
        this.#object = this.#open.pop() as number
        this.#readUserset()
        return true
      default:
        this.#stage = USERSET
        this.#readFrom()
        return true
    }
  }

  #read(kind: number, lists: Lists, item: number): void {
    if (item === NOWHERE) return
    this.#kind = kind
    this.#lists = lists
    this.#item = item
    this.#list = numberIn(item)
    this.#place = 0
    this.#length = lists.lengthOf(this.#list)
  }

  #readUserset(): void {
    if (!this.#reversePlan.usersets[this.#relation]) return
    const name = this.#plan.relations[this.#relation]?.nameNumber ?? -1
    const userset = name === -1 ? -1 : this.#graph.goalOf(this.#object, name)
    if (userset !== -1) this.#read(USERSET, this.#graph.ofUserset, usersetItem(userset))
  }

  #readFrom(): void {
    if (this.#reversePlan.from[this.#relation]?.length === 0) return
    if (this.#object === this.#plan.wildcard(this.#graph.typeOf(this.#object))) return
    this.#read(FROM, this.#graph.ofObject, objectItem(this.#object))
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
      const step = relation === -1 ? undefined : this.#reversePlan.direct[relation]
      if (!step) continue
      const allowed = everyone ? step.wildcards[this.#asker.type] : namedIn(step, this.#asker)
      if (allowed && this.#counts(allowed, goal)) this.#arrive(object, relation, 0)
    }
  }

  #walkUserset(until: number): void {
    const { goals } = this.#graph
    const lists = this.#lists
    const into = this.#reversePlan.usersets[this.#relation] ?? []
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
    const takers = this.#reversePlan.from[this.#relation] ?? []
    const type = this.#graph.typeOf(this.#object)
    const objects = AHEAD
    for (let from = this.#place; from < until; from += AHEAD.length) {
      const to = Math.min(until, from + AHEAD.length)
      for (let at = from; at < to; at++) objects[at - from] = goals.objectOf(lists.itemAt(this.#list, at) >>> 1)
      for (let at = from; at < to; at++) TYPES[at - from] = this.#graph.typeOf(objects[at - from] as number)
      for (let at = from; at < to; at++) {
        const goal = lists.itemAt(this.#list, at)
        const tupleset = goals.relationOf(goal >>> 1)
        for (const { relation, typeNumber, step } of takers) {
          if (step.tupleset !== tupleset) continue
          const object = objects[at - from] as number
          const allowed = typeNumber === TYPES[at - from] ? step.objects[type] : undefined
          if (allowed && this.#counts(allowed, goal)) this.#arrive(object, relation, this.#depth + 1)
        }
      }
    }
  }

  /** Does the model let the item count in the goal, and does its condition hold? Bit 0 of the goal tells of one. */
  #counts(allowed: Allowed, goal: number): boolean {
    if ((goal & CONDITIONAL) === 0) return allowed.plain
    const verdict = this.#conditions.judge(allowed, goal >>> 1, this.#item | CONDITIONAL)
    if (verdict === FAULTY) this.#certain = false
    return verdict !== NO
  }

  #arrive(object: number, relation: number, depth: number): void {
    if (!this.#reached.add(object, relation)) return
    // What was reached by more steps is judged: it may lie nearer another way, or too deep, and is never left out.
    if (relation === this.#wanted)
      (this.#certain && depth <= DEPTH_LIMIT ? this.#reachedSurely : this.doubtful).push(object)
    // What is computed on the same object is no step up.
    for (const by of this.#reversePlan.computed[relation] ?? []) this.#arrive(object, by, depth)
    if (this.#reversePlan.leadsOn[relation] === 1) this.#open.push(object, relation, depth)
  }
}
