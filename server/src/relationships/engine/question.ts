// Who is asked about, as numbers, and what is known while one question is judged.
import { type ConditionContext, ConditionFault, type TupleCondition } from '../conditions/condition-definition.ts'
import { type Effort, effort } from '../conditions/effort.ts'
import { splitUser, typeOf } from '../model.ts'
import { FAULTY, NO, type Verdict, YES } from './check/verdict.ts'
import { type Graph, objectItem, usersetItem } from './graph/graph.ts'
import type { Allowed, Direct, Plan } from './plan.ts'

/** Nested steps from object to object or userset after which a question is refused, as upstream. */
export const DEPTH_LIMIT = 25

export interface Asker {
  /** Its item in the lists of users. */
  item: number
  type: number
  /** Whether it is `type:*`. */
  isEveryone: boolean
  /** Item of everyone of its type; -1 where a wildcard does not include it. */
  everyone: number
  /** Where the user is a userset: its object and relation (of the plan), for which it is always included. */
  object: number
  relation: number
}

export const NOBODY: Asker = { item: -1, type: -1, isEveryone: false, everyone: -1, object: -1, relation: -1 }

/** The user as numbers; new ones are added to the graph, for the caller to forget. */
export function askerOf(plan: Plan, graph: Graph, user: string): Asker {
  const { object, relation } = splitUser(user)
  if (relation === undefined) return askerNumbered(plan, graph, graph.addObject(object))
  const goal = graph.addGoal(object, relation)
  const type = graph.typeNumber(typeOf(object))
  const of = plan.find(type, graph.relationNumber(relation))
  const number = graph.goals.objectOf(goal)
  return { item: usersetItem(goal), type, isEveryone: false, everyone: -1, object: number, relation: of }
}

/** The user that is this object, or everyone of its type. */
export function askerNumbered(plan: Plan, graph: Graph, number: number): Asker {
  const type = graph.typeOf(number)
  const wildcard = plan.wildcard(type)
  // Everyone is in what everyone is in, and nobody else is.
  const isEveryone = number === wildcard
  const everyone = isEveryone || wildcard === -1 ? -1 : objectItem(wildcard)
  return { item: objectItem(number), type, isEveryone, everyone, object: -1, relation: -1 }
}

/** An item that stands in no list. */
export const NOWHERE = -1

/** The user as numbers, without adding any; undefined for what has none, of a userset or of a type the model does not know. */
export function askerKnown(
  plan: Plan,
  graph: Graph,
  user: string,
  number: number = graph.names.find(user),
): Asker | undefined {
  if (number !== -1) return askerNumbered(plan, graph, number)
  const { object, relation } = splitUser(user)
  if (relation !== undefined) return usersetKnown(plan, graph, { object, relation })
  if (!plan.types.has(typeOf(object))) return undefined
  const type = graph.typeNumber(typeOf(object))
  const wildcard = plan.wildcard(type)
  const everyone = wildcard === -1 ? -1 : objectItem(wildcard)
  return { item: NOWHERE, type, isEveryone: false, everyone, object: -1, relation: -1 }
}

function usersetKnown(plan: Plan, graph: Graph, of: { object: string; relation: string }): Asker | undefined {
  const object = graph.names.find(of.object)
  if (object === -1) return undefined
  const type = graph.typeOf(object)
  const name = graph.relationNumber(of.relation)
  const goal = graph.goalOf(object, name)
  const item = goal === -1 ? NOWHERE : usersetItem(goal)
  return { item, type, isEveryone: false, everyone: -1, object, relation: plan.find(type, name) }
}

/** How tuples that name the asker itself count in this relation; undefined where they do not. */
export function namedIn(step: Direct, { object, relation, type, isEveryone }: Asker): Allowed | undefined {
  if (object !== -1) return step.usersets.get(relation)
  return isEveryone ? step.wildcards[type] : step.objects[type]
}

/** Whether the model allows the tuple, whatever its condition says. */
export function countsIn(
  graph: Graph,
  { plain, conditions }: Allowed,
  { goal, item }: { goal: number; item: number },
): boolean {
  const condition = graph.conditionOf(goal, item)
  return condition ? conditions.has(condition.name) : plain
}

/** Goals and links, for one question with all its objects: about half a second. */
const MOST_UNFOLDED = 250_000

export class TooComplex extends Error {}

/** Judges the conditions of tuples with the context of one question, and keeps the first fault. */
export class Conditions {
  readonly #plan: Plan
  readonly #graph: Graph
  readonly #context: ConditionContext
  readonly #effort: Effort
  /** What may still be unfolded for this question: goals and what leads on from them. */
  #unfolding = MOST_UNFOLDED
  fault: ConditionFault | undefined

  /** `spending` is shared by questions that are asked together. */
  constructor(plan: Plan, graph: Graph, context: ConditionContext = {}, spending: Effort = effort()) {
    this.#plan = plan
    this.#graph = graph
    this.#context = context
    this.#effort = spending
  }

  /** Throws where a question leads to more than may be looked at for it. */
  unfolds(count: number): void {
    this.#unfolding -= count
    if (this.#unfolding < 0) throw new TooComplex()
  }

  /** Whether the tuple counts: the model allows it, and its condition holds. `item` as it stands in the list. */
  judge(allowed: Allowed, goal: number, item: number): Verdict {
    if ((item & 1) === 0) return allowed.plain ? YES : NO
    const condition = this.#graph.conditionOf(goal, item)
    if (!condition || !allowed.conditions.has(condition.name)) return NO
    return this.#evaluate(condition, goal, item)
  }

  #evaluate(of: TupleCondition, goal: number, item: number): Verdict {
    const condition = this.#plan.conditions.get(of.name)
    try {
      if (!condition) throw new ConditionFault(of.name, 'condition was not found')
      // The tuple's own context is stronger: a question cannot talk it out of its limits.
      return condition.holds({ ...this.#context, ...of.context }, this.#effort) ? YES : NO
    } catch (error) {
      if (!(error instanceof ConditionFault)) throw error
      const name = `${this.#graph.nameOfGoal(goal)}@${this.#graph.nameOfItem(item)}`
      this.fault ??= new ConditionFault(of.name, `tuple '${name}': ${error.reason}`)
      return FAULTY
    }
  }
}
