// One question judged: depth first over numbers, each object and relation once. What this walk cannot decide, because a
// cycle or the depth limit cut it, is settled exactly (settle.ts).

import { type Graph, numberIn, OBJECT } from '../graph/graph.ts'
import type { Closures } from '../groups/closures.ts'
import { ALL, ANY, COMPUTED, DIRECT, type Direct, EXCEPT, type From, type Plan, type Step } from '../plan.ts'
import { type Asker, Conditions, DEPTH_LIMIT, NOBODY, namedIn, TooComplex } from '../question.ts'
import { settle } from './settle.ts'
import { unfold } from './unfold.ts'
import { both, either, FAULTY, NO, not, OPEN, type Verdict, YES } from './verdict.ts'
import { VerdictTable } from './verdict-table.ts'

const UNDER_WAY = 4
/** Goals of a question walked before what was seen is written down: most questions end before that pays. */
export const UNWRITTEN = 64
/** The same of one part of a goal: those of its own object, which no other part leads to. */
const OWN = 2

/** A compiled model, as far as a judge reads it. */
export interface JudgeGiven {
  plan: Plan
  graph: Graph
  closures: Closures
}

export class Judge {
  readonly #plan: Plan
  readonly #graph: Graph
  readonly #closures: Closures
  readonly #seen = new VerdictTable()
  /** What was settled for this asker, whatever it is asked of: all that it leads to was looked at. */
  readonly #settled = new VerdictTable()
  #conditions: Conditions
  #asker: Asker
  #cut = false
  #unwritten = 0
  /** Whether one asker is asked about many objects. */
  #many = false
  /** Goals looked at, for who counts what a judgement takes. */
  walked = 0
  /** Whether the last judgement lay beyond the depth limit, or led to more than may be looked at. */
  tooDeep = false

  constructor({ plan, graph, closures }: JudgeGiven) {
    this.#plan = plan
    this.#graph = graph
    this.#closures = closures
    this.#conditions = new Conditions(plan, graph)
    this.#asker = NOBODY
  }

  /**
   * Another user, or the tuples have changed: nothing of what was seen holds. `unwritten` is for who asks about one
   * object alone; what goes in a cycle uses it up, and is then met in what is written.
   */
  ask(asker: Asker, conditions: Conditions, unwritten = 0): this {
    this.#unwritten = unwritten
    this.#many = unwritten === 0
    this.#asker = asker
    this.#conditions = conditions
    this.#seen.clear()
    if (this.#settled.count > 0) this.#settled.clear()
    return this
  }

  judge(object: number, relation: number): Verdict {
    this.#cut = false
    this.tooDeep = false
    const verdict = this.#goal(object, relation, 0)
    if (!this.#cut) return verdict
    // What a cut left open or faulty on the way holds for this question's way alone.
    this.#seen.clear()
    if (verdict === YES || verdict === NO) return verdict
    return this.#settle(object, relation)
  }

  /** One part of a goal's rewrite alone; undefined where it is cut: then the goal is to be judged. */
  part(step: Step, object: number, relation: number): Verdict | undefined {
    this.#cut = false
    this.tooDeep = false
    this.#unwritten = OWN
    const verdict = this.#step(step, object, this.#plan.relations[relation]?.nameNumber ?? -1, 0)
    if (!this.#cut) return verdict
    this.#seen.clear()
    return undefined
  }

  #settle(object: number, relation: number): Verdict {
    const conditions = this.#conditions
    const unfolded = unfoldable(() => unfold(this.#plan, this.#graph, { object, relation, conditions }))
    if (!unfolded) {
      this.tooDeep = true
      return FAULTY
    }
    this.walked += unfolded.goals.length
    const { verdicts } = settle(unfolded, this.#graph, { asker: this.#asker, conditions })
    if (!unfolded.cut)
      for (const [place, goal] of unfolded.goals.entries())
        this.#settled.put(goal.object, goal.relation, verdicts[place] as Verdict)
    const settled = verdicts[0] ?? OPEN
    this.tooDeep = settled === FAULTY && unfolded.cut
    return settled
  }

  #goal(object: number, relation: number, depth: number): Verdict {
    const asker = this.#asker
    this.walked += 1
    if (object === asker.object && relation === asker.relation) return YES
    const planned = this.#plan.relations[relation]
    if (!planned) return NO
    const settled = this.#settled.count > 0 ? this.#settled.get(object, relation) : -1
    if (settled !== -1) return settled as Verdict
    if (depth > DEPTH_LIMIT) {
      this.#cut = true
      return OPEN
    }
    const { root } = planned
    const closures = this.#closures
    // Of many objects, one after another, many lead to the same few groups: a closure tells of those soonest.
    const grouped = this.#many && depth > 0 && closures.covered[relation] === 1
    if (root.kind === DIRECT && root.usersets.size === 0 && !grouped)
      return this.#direct(root, object, planned.nameNumber, depth)
    const closure = closures.covered[relation] === 1 ? closures.distance(asker, object, relation, depth) : undefined
    if (closure !== undefined) {
      if (closure === -1) return NO
      if (depth + closure <= DEPTH_LIMIT) return YES
      this.#cut = true
      return OPEN
    }
    if (this.#unwritten > 0) {
      this.#unwritten -= 1
      return this.#step(root, object, planned.nameNumber, depth)
    }
    const seen = this.#seen.get(object, relation)
    if (seen === UNDER_WAY || seen === OPEN) {
      this.#cut = true
      return OPEN
    }
    if (seen !== -1) return seen as Verdict
    this.#seen.put(object, relation, UNDER_WAY)
    const verdict = this.#step(root, object, planned.nameNumber, depth)
    this.#seen.put(object, relation, verdict)
    return verdict
  }

  #step(step: Step, object: number, name: number, depth: number): Verdict {
    switch (step.kind) {
      case DIRECT:
        return this.#direct(step, object, name, depth)
      case COMPUTED:
        return this.#goal(object, step.relation, depth)
      case ANY: {
        let verdict: Verdict = NO
        for (const part of step.steps) {
          verdict = either(verdict, this.#step(part, object, name, depth))
          if (verdict === YES) return YES
        }
        return verdict
      }
      case ALL: {
        let verdict: Verdict = YES
        for (const part of step.steps) {
          verdict = both(verdict, this.#step(part, object, name, depth))
          if (verdict === NO) return NO
        }
        return verdict
      }
      case EXCEPT: {
        const base = this.#step(step.base, object, name, depth)
        if (base === NO) return NO
        return both(base, not(this.#step(step.subtract, object, name, depth)))
      }
      default:
        return this.#from(step, object, depth)
    }
  }

  #direct(step: Direct, object: number, name: number, depth: number): Verdict {
    const { goals, users } = this.#graph
    const goal = this.#graph.goalOf(object, name)
    if (goal === -1) return NO
    const length = users.lengthOf(goal)
    if (length === 0) return NO
    const asker = this.#asker
    let verdict: Verdict = NO
    const named = namedIn(step, asker)
    if (named) {
      const item = users.find(goal, asker.item)
      if (item !== -1) verdict = this.#conditions.judge(named, goal, item)
      if (verdict === YES) return YES
    }
    const everyone = asker.everyone === -1 ? undefined : step.wildcards[asker.type]
    if (everyone) {
      const item = users.find(goal, asker.everyone)
      if (item !== -1) verdict = either(verdict, this.#conditions.judge(everyone, goal, item))
      if (verdict === YES) return YES
    }
    if (step.usersets.size === 0) return verdict
    for (let at = 0; at < length; at++) {
      const item = users.itemAt(goal, at)
      if ((item & OBJECT) !== 0) break
      const userset = numberIn(item)
      const of = goals.objectOf(userset)
      const relation = this.#plan.find(this.#graph.typeOf(of), goals.relationOf(userset))
      const allowed = step.usersets.get(relation)
      if (!allowed) continue
      verdict = either(verdict, this.#through(this.#conditions.judge(allowed, goal, item), of, relation, depth))
      if (verdict === YES) return YES
    }
    return verdict
  }

  #from(step: From, object: number, depth: number): Verdict {
    const { users } = this.#graph
    const goal = this.#graph.goalOf(object, step.tupleset)
    if (goal === -1) return NO
    const length = users.lengthOf(goal)
    let verdict: Verdict = NO
    for (let at = 0; at < length; at++) {
      const item = users.itemAt(goal, at)
      if ((item & OBJECT) === 0) continue
      const of = numberIn(item)
      const type = this.#graph.typeOf(of)
      const allowed = step.objects[type]
      const relation = step.relations[type]
      if (!allowed || relation === undefined || of === this.#plan.wildcard(type)) continue
      verdict = either(verdict, this.#through(this.#conditions.judge(allowed, goal, item), of, relation, depth))
      if (verdict === YES) return YES
    }
    return verdict
  }

  // A tuple whose condition cannot be judged is not looked behind, as upstream.
  #through(condition: Verdict, object: number, relation: number, depth: number): Verdict {
    return condition === YES ? this.#goal(object, relation, depth + 1) : condition
  }
}

function unfoldable<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof TooComplex) return undefined
    throw error
  }
}
