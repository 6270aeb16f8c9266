// Every object a user stands in a relation to: from the user's tuples upwards, over relations that can lead there.
// Where all of them grant, what is reached is the answer; else it is a candidate, and each is judged.
import { type Graph, numberIn, objectItem, usersetItem } from './graph.ts'
import type { Ground } from './ground.ts'
import type { Allowed } from './plan.ts'
import { type Asker, type Conditions, DEPTH_LIMIT, namedIn } from './question.ts'
import { Seen } from './seen.ts'
import { FAULTY, NO, YES } from './verdict.ts'

export interface Listing {
  ground: Ground
  asker: Asker
  conditions: Conditions
  /** The relation wanted; its type is the type of the objects. */
  relation: number
}

export type Listed = { objects: number[] } | { refused: 'too_deep' | 'faulty' }

export function listObjects({ ground, asker, conditions, relation }: Listing): Listed {
  const { objects, certain } = climb({ ground, asker, conditions, relation })
  if (certain) return { objects }
  const judge = ground.judge.ask(asker, conditions)
  const allowed: number[] = []
  for (const object of objects) {
    const verdict = judge.judge(object, relation)
    if (verdict === FAULTY) return { refused: judge.tooDeep ? 'too_deep' : 'faulty' }
    if (verdict === YES) allowed.push(object)
  }
  return { objects: allowed }
}

function climb({ ground, asker, conditions, relation: wanted }: Listing): { objects: number[]; certain: boolean } {
  const { plan, graph, climbing: reach } = ground
  const { goals, ofObject, ofUserset } = graph
  const useful = reach.useful(wanted)
  const seen = new Seen()
  const objects: number[] = []
  let certain = reach.onlyGrants(wanted)
  let level: number[] = []
  let next: number[] = []

  const arrive = (object: number, relation: number, onto: number[]) => {
    if (useful[relation] !== 1 || seen.get(object, relation) !== -1) return
    seen.put(object, relation, 1)
    if (relation === wanted) objects.push(object)
    onto.push(object, relation)
  }
  // `item` stands in the goal's list: does the model let it count, and does its condition hold?
  const counts = (allowed: Allowed | undefined, goal: number, item: number): boolean => {
    const found = allowed ? graph.users.find(goal, item) : -1
    if (!allowed || found === -1) return false
    const verdict = conditions.judge(allowed, goal, found)
    if (verdict === FAULTY) certain = false
    return verdict !== NO
  }
  const relationOf = (goal: number) => plan.find(graph.typeOf(goals.objectOf(goal)), goals.relationOf(goal))

  const start = (lists: Graph['ofObject'], number: number, item: number, everyone: boolean) => {
    for (let at = 0, length = lists.lengthOf(number); at < length; at++) {
      const goal = lists.itemAt(number, at) >>> 1
      const relation = relationOf(goal)
      const step = reach.direct[relation]
      if (!step || useful[relation] !== 1) continue
      const allowed = everyone ? step.wildcards[asker.type] : namedIn(step, asker)
      if (counts(allowed, goal, item)) arrive(goals.objectOf(goal), relation, level)
    }
  }
  if (asker.object !== -1) arrive(asker.object, asker.relation, level)
  else start(ofObject, numberIn(asker.item), asker.item, false)
  if (asker.everyone !== -1) start(ofObject, numberIn(asker.everyone), asker.everyone, true)

  for (let depth = 0; level.length > 0; depth++) {
    // What lies deeper is refused by its judgement, never left out.
    if (depth > DEPTH_LIMIT) certain = false
    next = []
    for (let at = 0; at < level.length; at += 2) {
      const object = level[at] as number
      const relation = level[at + 1] as number
      for (const by of reach.computed[relation] ?? []) arrive(object, by, level)
      upUserset(object, relation)
      upFrom(object, relation)
    }
    level = next
  }
  return { objects, certain }

  function upUserset(object: number, relation: number) {
    const into = reach.usersets[relation]
    if (!into || into.size === 0) return
    const userset = goals.find(object, plan.relations[relation]?.nameNumber ?? -1)
    if (userset === -1) return
    for (let at = 0, length = ofUserset.lengthOf(userset); at < length; at++) {
      const goal = ofUserset.itemAt(userset, at) >>> 1
      const of = relationOf(goal)
      const allowed = into.get(of)?.usersets.get(relation)
      if (useful[of] === 1 && counts(allowed, goal, usersetItem(userset))) arrive(goals.objectOf(goal), of, next)
    }
  }

  function upFrom(object: number, relation: number) {
    const takers = reach.from[relation] ?? []
    if (takers.length === 0) return
    const type = graph.typeOf(object)
    if (object === plan.wildcard(type)) return
    for (let at = 0, length = ofObject.lengthOf(object); at < length; at++) {
      const goal = ofObject.itemAt(object, at) >>> 1
      const child = goals.objectOf(goal)
      for (const { relation: of, step } of takers)
        if (
          step.tupleset === goals.relationOf(goal) &&
          plan.relations[of]?.typeNumber === graph.typeOf(child) &&
          useful[of] === 1 &&
          counts(step.objects[type], goal, objectItem(object))
        )
          arrive(child, of, next)
    }
  }
}
