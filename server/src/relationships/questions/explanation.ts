// Why: the shortest way that allows, tuple by tuple, or what stood in the way of each relation that could have.

import { type Settled, settle } from '../engine/check/settle.ts'
import { type Link, type Part, type Unfolded, unfold } from '../engine/check/unfold.ts'
import { FAULTY, NO, YES } from '../engine/check/verdict.ts'
import type { CompiledModel } from '../engine/compiled-model.ts'
import type { Graph } from '../engine/graph/graph.ts'
import { ALL, ANY, COMPUTED, DIRECT, EXCEPT } from '../engine/plan.ts'
import { type Asker, askerOf, Conditions, namedIn } from '../engine/question.ts'
import { type TupleKey, typeOf } from '../model.ts'
import { type Assumed, nested } from './answers.ts'
import type { ResolvedModel } from './resolved-model.ts'

export interface Explanation {
  allowed: boolean
  /** What allows, from the object down to the user; only where it is allowed. */
  path: string[]
  /** What was looked at and did not allow; only where it is not allowed. */
  missing: string[]
}

/** Reasons listed at most: enough for a person to read. */
const MOST_REASONS = 50

export function explain({ store, model }: ResolvedModel, key: TupleKey, { contextual, context }: Assumed): Explanation {
  const compiled = store.tuples.compiled(model)
  return store.tuples.assuming(contextual, () => {
    const { plan, graph } = compiled
    const conditions = new Conditions(plan, graph, context)
    const asker = askerOf(plan, graph, key.user)
    const relation = plan.named(typeOf(key.object), key.relation)?.number ?? -1
    const object = graph.addObject(key.object)
    const unfolded = nested(() => unfold(plan, graph, { object, relation, conditions }))
    const settled = settle(unfolded, graph, { asker, conditions })
    const account = nested(() => new Account({ compiled, unfolded, settled, asker, conditions }))
    if (settled.verdicts[0] === YES) return { allowed: true, path: nested(() => account.pathTo(0)) ?? [], missing: [] }
    const missing = nested(() => account.reasons(key.user))
    if (unfolded.cut) missing.push('some of it lies beyond the depth limit')
    if (conditions.fault) missing.push(conditions.fault.message)
    return { allowed: false, path: [], missing }
  })
}

interface Looked {
  compiled: CompiledModel
  unfolded: Unfolded
  settled: Settled
  asker: Asker
  conditions: Conditions
}

class Account {
  readonly #looked: Looked
  readonly #graph: Graph
  /** Steps of the shortest way from each goal to the user, as far as they are known. */
  readonly #lengths: number[]

  constructor(looked: Looked) {
    this.#looked = looked
    this.#graph = looked.compiled.graph
    const { goals } = looked.unfolded
    this.#lengths = goals.map(() => Number.POSITIVE_INFINITY)
    for (let changed = true; changed; ) {
      changed = false
      // Each round looks at everything again, and a long way against the order takes many.
      looked.conditions.unfolds(goals.length)
      for (let at = goals.length - 1; at >= 0; at--) {
        const length = this.#lengthOf(at)
        if (length >= (this.#lengths[at] as number)) continue
        this.#lengths[at] = length
        changed = true
      }
    }
  }

  pathTo(at: number): string[] | undefined {
    const goal = this.#looked.unfolded.goals[at]
    if (!goal) return undefined
    if (this.#isAsker(at)) return [`${this.#nameOf(at)} includes itself`]
    return this.#walk(goal.part, at)
  }

  /** From the goal asked for, through everything that could have let the user in and did not. */
  reasons(user: string): string[] {
    const seen = new Set<number>()
    const reasonsOf = (at: number): string[] => {
      const goal = this.#looked.unfolded.goals[at]
      if (!goal || seen.has(at) || this.#looked.settled.verdicts[at] === YES) return []
      seen.add(at)
      return this.#missingIn(goal.part, at, { user, reasonsOf })
    }
    return [...new Set(reasonsOf(0))].slice(0, MOST_REASONS)
  }

  #lengthOf(at: number): number {
    const { unfolded, settled } = this.#looked
    const goal = unfolded.goals[at]
    if (!goal || settled.verdicts[at] !== YES) return Number.POSITIVE_INFINITY
    return this.#isAsker(at) ? 0 : this.#lengthIn(goal.part)
  }

  #lengthIn(part: Part): number {
    if (this.#looked.settled.verdictOf(part) !== YES) return Number.POSITIVE_INFINITY
    switch (part.kind) {
      case DIRECT:
        return this.#namedTuple(part) ? 1 : 1 + this.#shortest(part.usersets).length
      case 'links':
        return 1 + this.#shortest(part.links).length
      case COMPUTED:
        return 1 + (this.#lengths[part.to] as number)
      case ANY:
        return Math.min(...part.parts.map((one) => this.#lengthIn(one)))
      case ALL:
        return part.parts.reduce((sum, one) => sum + this.#lengthIn(one), 0)
      case EXCEPT:
        return 1 + this.#lengthIn(part.base)
      default:
        return Number.POSITIVE_INFINITY
    }
  }

  #walk(part: Part, at: number): string[] {
    switch (part.kind) {
      case DIRECT: {
        const tuple = this.#namedTuple(part)
        if (tuple) return [tuple]
        return this.#through(part.usersets, (to) => `${this.#nameOf(at)}@${this.#nameOf(to)}`)
      }
      case 'links': {
        const tupleset = this.#graph.nameOfGoal(part.tupleset)
        return this.#through(part.links, (to) => `${tupleset}@${this.#nameOf(to).split('#')[0]}`)
      }
      case COMPUTED:
        return [`${this.#nameOf(at)} includes ${this.#nameOf(part.to)}`, ...(this.pathTo(part.to) ?? [])]
      case ANY: {
        const [first] = part.parts.toSorted((a, b) => this.#lengthIn(a) - this.#lengthIn(b))
        return first ? this.#walk(first, at) : []
      }
      case ALL:
        return part.parts.flatMap((one) => this.#walk(one, at))
      case EXCEPT:
        return [...this.#walk(part.base, at), `nothing excludes from ${this.#nameOf(at)}`]
      default:
        return []
    }
  }

  #through(links: readonly Link[], tuple: (to: number) => string): string[] {
    const { to } = this.#shortest(links)
    return to === undefined ? [] : [tuple(to), ...(this.pathTo(to) ?? [])]
  }

  #missingIn(part: Part, at: number, asked: { user: string; reasonsOf(at: number): string[] }): string[] {
    const { verdictOf } = this.#looked.settled
    const { user, reasonsOf } = asked
    switch (part.kind) {
      case DIRECT: {
        const faulty = verdictOf(part) === FAULTY
        return [
          faulty
            ? `${this.#nameOf(at)} has a tuple whose condition cannot be judged`
            : `no tuple ${this.#nameOf(at)}@${user}`,
          ...part.usersets.flatMap(({ to }) => reasonsOf(to)),
        ]
      }
      case 'links':
        if (part.links.length === 0) return [`nothing stands where ${this.#nameOf(at)} takes a relation from`]
        return part.links.flatMap(({ to }) => reasonsOf(to))
      case COMPUTED:
        return reasonsOf(part.to)
      case ANY:
      case ALL:
        return part.parts.flatMap((one) => (verdictOf(one) === YES ? [] : this.#missingIn(one, at, asked)))
      case EXCEPT:
        if (verdictOf(part.base) !== YES) return this.#missingIn(part.base, at, asked)
        return verdictOf(part.subtract) === NO ? [] : [`${user} is excluded from ${this.#nameOf(at)}`]
      default:
        return []
    }
  }

  #shortest(links: readonly Link[]): { to: number | undefined; length: number } {
    let to: number | undefined
    let length = Number.POSITIVE_INFINITY
    for (const link of links) {
      const one = link.condition === YES ? (this.#lengths[link.to] as number) : Number.POSITIVE_INFINITY
      if (one < length) [to, length] = [link.to, one]
    }
    return { to, length }
  }

  /** The tuple that names the user or everyone of its type, where it counts. */
  #namedTuple({ step, goal }: Extract<Part, { kind: typeof DIRECT }>): string | undefined {
    const { asker, conditions } = this.#looked
    for (const [allowed, wanted] of [
      [namedIn(step, asker), asker.item],
      [step.wildcards[asker.type], asker.everyone],
    ] as const) {
      const item = allowed && goal !== -1 && wanted !== -1 ? this.#graph.users.find(goal, wanted) : -1
      if (!allowed || item === -1 || conditions.judge(allowed, goal, item) !== YES) continue
      const condition = this.#graph.conditionOf(goal, item)
      const tuple = `${this.#graph.nameOfGoal(goal)}@${this.#graph.nameOfItem(item)}`
      return condition ? `${tuple} with ${condition.name}` : tuple
    }
    return undefined
  }

  #isAsker(at: number): boolean {
    const goal = this.#looked.unfolded.goals[at]
    const { object, relation } = this.#looked.asker
    return goal?.object === object && goal.relation === relation
  }

  #nameOf(at: number): string {
    const goal = this.#looked.unfolded.goals[at]
    const relation = this.#looked.compiled.plan.relations[goal?.relation ?? -1]
    return `${this.#graph.names.textOf(goal?.object ?? 0)}#${relation?.name ?? ''}`
  }
}
