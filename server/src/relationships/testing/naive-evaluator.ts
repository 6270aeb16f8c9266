// The meaning of a model in its plainest form, to hold the engine against: every path walked, nothing remembered. As
// upstream resolves a check: a goal met again on its own path is a cycle, and a condition that fails is a fault.
import type { ConditionContext } from '../conditions/condition-definition.ts'
import {
  isWildcard,
  type ModelBody,
  type Rewrite,
  restrictionsFor,
  splitUser,
  type Tuple,
  typeOf,
  typesOf,
} from '../model.ts'

export type Answer = 'yes' | 'no' | 'cycle' | 'fault'

/** What a condition says of a context, without CEL; throws where a parameter is missing or wrong. */
export type Predicates = Readonly<Record<string, (context: ConditionContext) => boolean>>

export interface World {
  body: ModelBody
  tuples: readonly Tuple[]
  predicates: Predicates
  context: ConditionContext
  /** Finds tuples, where there are too many to look at each. */
  find?(object: string, relation: string): readonly Tuple[]
}

const or = (answers: readonly Answer[]): Answer =>
  (['yes', 'fault', 'cycle'] as const).find((one) => answers.includes(one)) ?? 'no'
const and = (answers: readonly Answer[]): Answer =>
  (['no', 'cycle', 'fault'] as const).find((one) => answers.includes(one)) ?? 'yes'
const not = (answer: Answer): Answer => (answer === 'yes' ? 'no' : answer === 'no' ? 'yes' : answer)

export function naive({ body, tuples, predicates, context, find }: World) {
  const types = typesOf(body)

  function counts({ object, relation, user, condition }: Tuple): Answer {
    const known = types.get(typeOf(object))?.get(relation)
    const allowed = known ? restrictionsFor(known, user) : []
    if (!allowed.some((one) => one.condition === condition?.name)) return 'no'
    try {
      return !condition || predicates[condition.name]?.({ ...context, ...condition.context }) ? 'yes' : 'no'
    } catch {
      return 'fault'
    }
  }
  const of = (object: string, relation: string) =>
    find?.(object, relation) ?? tuples.filter((tuple) => tuple.object === object && tuple.relation === relation)

  function check(object: string, relation: string, user: string, path: readonly string[] = []): Answer {
    const goal = `${object}#${relation}`
    if (path.includes(goal)) return 'cycle'
    if (goal === user) return 'yes'
    const known = types.get(typeOf(object))?.get(relation)
    return known ? rewritten(known.rewrite, { object, relation, user, path: [...path, goal] }) : 'no'
  }

  interface At {
    object: string
    relation: string
    user: string
    path: readonly string[]
  }
  // A tuple whose condition is at fault is not looked behind.
  const through = (tuple: Tuple, next: () => Answer): Answer => (counts(tuple) === 'yes' ? next() : counts(tuple))

  function rewritten(rewrite: Rewrite, at: At): Answer {
    const { object, relation, user, path } = at
    if ('this' in rewrite) return or(of(object, relation).map((tuple) => direct(tuple, at)))
    if ('computedUserset' in rewrite) return check(object, rewrite.computedUserset.relation, user, path)
    if ('tupleToUserset' in rewrite) {
      const { tupleset, computedUserset } = rewrite.tupleToUserset
      const parents = of(object, tupleset.relation).filter(
        (tuple) => !isWildcard(tuple.user) && !tuple.user.includes('#'),
      )
      return or(
        parents
          .filter((tuple) => types.get(typeOf(tuple.user))?.has(computedUserset.relation))
          .map((tuple) => through(tuple, () => check(tuple.user, computedUserset.relation, user, path))),
      )
    }
    if ('union' in rewrite) return or(rewrite.union.child.map((child) => rewritten(child, at)))
    if ('intersection' in rewrite) return and(rewrite.intersection.child.map((child) => rewritten(child, at)))
    const { base, subtract } = rewrite.difference
    return and([rewritten(base, at), not(rewritten(subtract, at))])
  }

  function direct(tuple: Tuple, { user, path }: At): Answer {
    const everyone = user.includes('#') ? '' : `${typeOf(user)}:*`
    if (tuple.user === user || tuple.user === everyone) return counts(tuple)
    const { object, relation } = splitUser(tuple.user)
    if (relation === undefined) return 'no'
    return through(tuple, () => check(object, relation, user, path))
  }

  /** Whether a tuple on a way that lets the user in names it, and not only everyone of its type. */
  function named(object: string, relation: string, user: string, path: readonly string[] = []): boolean {
    const goal = `${object}#${relation}`
    if (goal === user) return true
    const known = types.get(typeOf(object))?.get(relation)
    if (!known || path.includes(goal)) return false
    return namedIn(known.rewrite, { object, relation, user, path: [...path, goal] })
  }

  function namedIn(rewrite: Rewrite, at: At): boolean {
    const { object, relation, user, path } = at
    // Judged from here alone, and not as on the path: what is in a cycle there may be decided by itself.
    const value = (part: Rewrite) => rewritten(part, { ...at, path: [] })
    const ways = (links: readonly [object: string, relation: string][]) => {
      const isIn = value(rewrite) === 'yes'
      return links.some(([to, by]) => named(to, by, user, path) && (!isIn || check(to, by, user) === 'yes'))
    }
    if ('this' in rewrite) {
      const live = of(object, relation).filter((tuple) => counts(tuple) === 'yes')
      if (live.some((tuple) => tuple.user === user)) return true
      return ways(live.flatMap(({ user: of }) => (of.includes('#') ? [of.split('#') as [string, string]] : [])))
    }
    if ('computedUserset' in rewrite) return named(object, rewrite.computedUserset.relation, user, path)
    if ('tupleToUserset' in rewrite) {
      const { tupleset, computedUserset } = rewrite.tupleToUserset
      const live = of(object, tupleset.relation).filter(
        (tuple) => counts(tuple) === 'yes' && !isWildcard(tuple.user) && !tuple.user.includes('#'),
      )
      return ways(live.map(({ user: parent }) => [parent, computedUserset.relation]))
    }
    if ('union' in rewrite) return rewrite.union.child.some((part) => value(part) === 'yes' && namedIn(part, at))
    if ('intersection' in rewrite)
      return value(rewrite) === 'yes' && rewrite.intersection.child.some((part) => namedIn(part, at))
    const { base, subtract } = rewrite.difference
    return namedIn(base, at) || (value(base) === 'yes' && namedIn(subtract, at))
  }

  return { check, named, counts }
}
