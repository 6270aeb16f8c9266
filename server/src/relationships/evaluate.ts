// The meaning of a model: whether a user stands in a relation to an object. Plain, and the measure of faster engines.
import { allows, isWildcard, type Rewrite, relationOf, splitUser, type Tuples, type Types, typeOf } from './model.ts'
import { tooComplex } from './problems.ts'

/** Nested steps from object to object or userset after which a question is refused, as upstream. */
export const DEPTH_LIMIT = 25

/** What a goal (`object#relation`) is made of, whoever asks. */
type Node =
  | { users: ReadonlySet<string> }
  | { goal: string; nested: boolean }
  | { any: readonly Node[] }
  | { all: readonly Node[] }
  | { base: Node; subtract: Node }

/** `public` holds only because a wildcard includes the user; `named` because some tuple names it. */
type Verdict = 'named' | 'public' | 'no'

export interface Unfolding {
  /** Every goal reached so far, in the order of reaching. */
  goals: ReadonlyMap<string, Node>
  /** Whether there were goals beyond the depth limit. */
  cut: boolean
  /** Unfolds one more level; false when there is none. */
  deeper(): boolean
}

export interface Place {
  types: Types
  tuples: Tuples
  object: string
  relation: string
}

/** Unfolds `object#relation` level by level; each goal stands once, so cycles and diamonds cost nothing. */
export function unfold({ types, tuples, object, relation }: Place): Unfolding {
  const goals = new Map<string, Node>()
  let level = [`${object}#${relation}`]
  let depth = 0
  return {
    goals,
    get cut() {
      return depth > DEPTH_LIMIT && level.length > 0
    },
    deeper() {
      if (level.length === 0 || depth > DEPTH_LIMIT) return false
      const next: string[] = []
      // A computed relation of the same object is no nested step: it joins the level being unfolded.
      for (const goal of level) {
        if (goals.has(goal)) continue
        const node = nodeOf(goal)
        goals.set(goal, node)
        for (const reached of goalsIn(node))
          if (!goals.has(reached.goal)) (reached.nested ? next : level).push(reached.goal)
      }
      level = next.filter((goal) => !goals.has(goal))
      depth += 1
      return true
    },
  }

  function nodeOf(goal: string): Node {
    const { object: of, relation: name = '' } = splitUser(goal)
    const known = relationOf(types, of, name)
    if (!known) return { any: [] }
    // Tuples written under an older model count only where this one still allows them.
    const direct = (name: string) => {
      const relation = relationOf(types, of, name)
      return relation ? [...tuples.usersOf(of, name)].filter((user) => allows(relation, user)) : []
    }
    const made = (rewrite: Rewrite): Node => {
      if ('this' in rewrite) {
        const users = direct(name)
        const usersets = users.filter((user) => user.includes('#'))
        return { any: [{ users: new Set(users) }, ...usersets.map((goal) => ({ goal, nested: true }))] }
      }
      if ('computedUserset' in rewrite) return { goal: `${of}#${rewrite.computedUserset.relation}`, nested: false }
      if ('tupleToUserset' in rewrite) {
        const { tupleset, computedUserset } = rewrite.tupleToUserset
        const parents = direct(tupleset.relation).filter((user) => !user.includes('#') && !isWildcard(user))
        return { any: parents.map((parent) => ({ goal: `${parent}#${computedUserset.relation}`, nested: true })) }
      }
      if ('union' in rewrite) return { any: rewrite.union.child.map(made) }
      if ('intersection' in rewrite) return { all: rewrite.intersection.child.map(made) }
      return { base: made(rewrite.difference.base), subtract: made(rewrite.difference.subtract) }
    }
    return made(known.rewrite)
  }
}

/** Concludes all that follows for `user` from the goals unfolded so far; what goes in a cycle stays without verdict. */
export function settle({ goals }: Unfolding, user: string, verdicts: Map<string, Verdict>): void {
  const everyone = user.includes('#') ? undefined : `${typeOf(user)}:*`
  const latestFirst = [...goals].reverse()
  for (let changed = true; changed; ) {
    changed = false
    for (const [goal, node] of latestFirst) {
      const before = verdicts.get(goal)
      if (before === 'named' || before === 'no') continue
      const verdict = goal === user ? 'named' : judge(node)
      if (verdict === before || verdict === undefined) continue
      verdicts.set(goal, verdict)
      changed = true
    }
  }

  // Three-valued (Kleene): without a verdict, a goal neither grants nor, being subtracted, lets anything through.
  function judge(node: Node): Verdict | undefined {
    if ('users' in node) {
      if (node.users.has(user)) return 'named'
      return everyone !== undefined && node.users.has(everyone) ? 'public' : 'no'
    }
    if ('goal' in node) return verdicts.get(node.goal)
    if ('any' in node) {
      const all = node.any.map(judge)
      if (all.includes('named')) return 'named'
      if (all.includes('public')) return 'public'
      return all.includes(undefined) ? undefined : 'no'
    }
    if ('all' in node) {
      const all = node.all.map(judge)
      if (all.length === 0 || all.includes('no')) return 'no'
      if (all.includes(undefined)) return undefined
      return all.includes('named') ? 'named' : 'public'
    }
    const base = judge(node.base)
    const subtract = judge(node.subtract)
    if (base === 'no' || subtract === 'named' || subtract === 'public') return 'no'
    return subtract === undefined ? undefined : base
  }
}

/** Whether `user` stands in `relation` to `object`; throws where that lies beyond the depth limit. */
export function check({ user, ...place }: Place & { user: string }): boolean {
  const goal = `${place.object}#${place.relation}`
  const unfolding = unfold(place)
  const verdicts = new Map<string, Verdict>()
  while (unfolding.deeper()) {
    settle(unfolding, user, verdicts)
    const verdict = verdicts.get(goal)
    if (verdict !== undefined) return verdict !== 'no'
  }
  if (unfolding.cut) throw tooComplex()
  return false
}

function* goalsIn(node: Node): Iterable<{ goal: string; nested: boolean }> {
  if ('goal' in node) yield node
  else if ('base' in node) for (const child of [node.base, node.subtract]) yield* goalsIn(child)
  else if (!('users' in node)) for (const child of 'any' in node ? node.any : node.all) yield* goalsIn(child)
}

export function* usersIn(node: Node): Iterable<string> {
  if ('users' in node) yield* node.users
  else if ('base' in node) for (const child of [node.base, node.subtract]) yield* usersIn(child)
  else if (!('goal' in node)) for (const child of 'any' in node ? node.any : node.all) yield* usersIn(child)
}
