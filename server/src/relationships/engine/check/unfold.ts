// Everything a goal is made of, whoever asks: each object and relation once, level by level, so that cycles and
// diamonds cost nothing and the nearest way decides how deep something lies.
import { type Graph, numberIn, OBJECT } from '../graph/graph.ts'
import { ALL, ANY, COMPUTED, DIRECT, type Direct, EXCEPT, type Plan, type Step } from '../plan.ts'
import { type Conditions, DEPTH_LIMIT } from '../question.ts'
import { NO, type Verdict } from './verdict.ts'

/** A tuple that leads on; `to` is the place of a goal. */
export interface Link {
  condition: Verdict
  to: number
}

/** The links of one part, any of which grants; `by` is the place of the goal it is a part of. */
export interface Joint {
  by: number
  links: readonly Link[]
}

export type Part =
  | { kind: typeof DIRECT; step: Direct; goal: number; usersets: readonly Link[]; joint: number }
  | { kind: 'links'; tupleset: number; links: readonly Link[]; joint: number }
  | { kind: typeof COMPUTED; to: number }
  | { kind: typeof ANY | typeof ALL; parts: readonly Part[] }
  | { kind: typeof EXCEPT; base: Part; subtract: Part }
  | { kind: 'cut' }

export interface UnfoldedGoal {
  object: number
  relation: number
  part: Part
}

export interface Unfolded {
  /** The goal asked for first. */
  goals: readonly UnfoldedGoal[]
  /** By the number that parts have for them. */
  joints: readonly Joint[]
  /** Whether there were goals beyond the depth limit. */
  cut: boolean
}

interface Start {
  object: number
  relation: number
  conditions: Conditions
}

export function unfold(plan: Plan, graph: Graph, { object, relation, conditions }: Start): Unfolded {
  const goals: UnfoldedGoal[] = []
  const joints: Joint[] = []
  const places = new Map<number, number>()
  const width = plan.relations.length
  let cut = false
  let by = 0
  let level: number[] = []
  let next: number[] = []

  const placeOf = (object: number, relation: number, onto: number[]): number => {
    const key = object * width + relation
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, goals.length)
    onto.push(goals.length)
    goals.push({ object, relation, part: { kind: 'cut' } })
    return goals.length - 1
  }

  placeOf(object, relation, level)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_LIMIT) {
      cut = true
      break
    }
    next = []
    // A computed relation of the same object is no nested step: it joins the level being unfolded.
    for (const place of level) {
      const goal = goals[place] as UnfoldedGoal
      const planned = plan.relations[goal.relation]
      by = place
      conditions.unfolds(1)
      goal.part = planned ? partOf(planned.root, goal.object, planned.nameNumber) : { kind: ANY, parts: [] }
    }
    level = next
  }
  return { goals, joints, cut }

  function partOf(step: Step, object: number, name: number): Part {
    switch (step.kind) {
      case DIRECT:
        return directPart(step, object, name)
      case COMPUTED:
        return { kind: COMPUTED, to: placeOf(object, step.relation, level) }
      case ANY:
      case ALL:
        return { kind: step.kind, parts: step.steps.map((part) => partOf(part, object, name)) }
      case EXCEPT:
        return { kind: EXCEPT, base: partOf(step.base, object, name), subtract: partOf(step.subtract, object, name) }
      default: {
        const goal = graph.goals.find(object, step.tupleset)
        const links: Link[] = []
        for (const item of itemsOf(graph, goal)) {
          conditions.unfolds(1)
          if ((item & OBJECT) === 0) continue
          const of = numberIn(item)
          const type = graph.typeOf(of)
          const allowed = step.objects[type]
          const relation = step.relations[type]
          if (!allowed || relation === undefined || of === plan.wildcard(type)) continue
          const condition = conditions.judge(allowed, goal, item)
          if (condition !== NO) links.push({ condition, to: placeOf(of, relation, next) })
        }
        return { kind: 'links', tupleset: goal, links, joint: joints.push({ by, links }) - 1 }
      }
    }
  }

  function directPart(step: Direct, object: number, name: number): Part {
    const goal = graph.goals.find(object, name)
    const usersets: Link[] = []
    for (const item of itemsOf(graph, goal)) {
      if ((item & OBJECT) !== 0) break
      conditions.unfolds(1)
      const userset = numberIn(item)
      const of = graph.goals.objectOf(userset)
      const relation = plan.find(graph.typeOf(of), graph.goals.relationOf(userset))
      const allowed = step.usersets.get(relation)
      const condition = allowed ? conditions.judge(allowed, goal, item) : NO
      if (condition !== NO) usersets.push({ condition, to: placeOf(of, relation, next) })
    }
    return { kind: DIRECT, step, goal, usersets, joint: joints.push({ by, links: usersets }) - 1 }
  }
}

/** The users of a goal as they stand; -1 has none. */
export function* itemsOf({ users }: Graph, goal: number): Iterable<number> {
  const length = goal === -1 ? 0 : users.lengthOf(goal)
  for (let at = 0; at < length; at++) yield users.itemAt(goal, at)
}
