// The exact meaning: all that follows for one user from unfolded goals. First what is certain (Kleene's three values:
// a goal without verdict neither grants nor, being subtracted, lets anything through), then which of the rest is faulty.
// Each tuple is looked at once, in whatever order goals come to depend on each other.
import type { Graph } from './graph.ts'
import { ALL, ANY, COMPUTED, DIRECT, EXCEPT } from './plan.ts'
import { type Asker, type Conditions, namedIn } from './question.ts'
import type { Joint, Part, Unfolded } from './unfold.ts'
import { both, either, FAULTY, NO, not, OPEN, type Verdict, YES } from './verdict.ts'

interface Asking {
  asker: Asker
  conditions: Conditions
}

export interface Settled {
  /** By goal. */
  verdicts: readonly Verdict[]
  verdictOf(part: Part): Verdict
}

export function settle(unfolded: Unfolded, graph: Graph, asking: Asking): Settled {
  const { goals, joints } = unfolded
  const uses = usesOf(unfolded)
  const verdicts: Verdict[] = goals.map(() => OPEN)
  /** By joint: the verdict of the links that have one, and how many have none yet. */
  const joined: Verdict[] = joints.map(() => NO)
  const open = joints.map(({ links }) => links.length)
  const isDue = new Uint8Array(goals.length)
  let due: number[] = []
  let faulty: Verdict = OPEN

  decide(goals.keys())
  faulty = FAULTY
  for (const [at, { links }] of joints.entries())
    for (const { condition } of links) if (condition === FAULTY) join(at, FAULTY)
  decide(verdicts.keys().filter((place) => verdicts[place] === OPEN))
  return { verdicts, verdictOf: judge }

  /** The last first: they stand deepest. */
  function decide(places: Iterable<number>): void {
    for (const place of places) later(place)
    for (let place = due.pop(); place !== undefined; place = due.pop()) {
      isDue[place] = 0
      const verdict = judgeGoal(place)
      if (verdict === OPEN) continue
      verdicts[place] = verdict
      for (const { by, at } of uses[place] ?? []) if (at === undefined || join(at, verdict)) later(by)
    }
    due = []
  }

  function later(place: number): void {
    if (isDue[place] === 1 || verdicts[place] !== OPEN) return
    isDue[place] = 1
    due.push(place)
  }

  /** Whether that may decide something. */
  function join(at: number, verdict: Verdict): boolean {
    const before = joined[at] as Verdict
    const after = either(before, verdict)
    joined[at] = after
    open[at] = (open[at] as number) - 1
    return after !== before || open[at] === 0
  }

  function judgeGoal(place: number): Verdict {
    const goal = goals[place]
    const { object, relation } = asking.asker
    if (goal?.object === object && goal.relation === relation) return YES
    return goal ? judge(goal.part) : NO
  }

  function judge(part: Part): Verdict {
    switch (part.kind) {
      case 'cut':
        return faulty
      case COMPUTED:
        return verdicts[part.to] as Verdict
      case 'links':
        return joinedAt(part.joint)
      case DIRECT:
        return either(certain(named(part.step, part.goal)), joinedAt(part.joint))
      case ANY:
        return part.parts.reduce<Verdict>((verdict, one) => either(verdict, judge(one)), NO)
      case ALL:
        return part.parts.reduce<Verdict>((verdict, one) => both(verdict, judge(one)), YES)
      case EXCEPT:
        return both(judge(part.base), not(judge(part.subtract)))
    }
  }

  // While it is asked what is certain, what is faulty is open too.
  function certain(verdict: Verdict): Verdict {
    return verdict === FAULTY ? faulty : verdict
  }

  function joinedAt(at: number): Verdict {
    return either(joined[at] as Verdict, open[at] === 0 ? NO : OPEN)
  }

  function named(step: Extract<Part, { kind: typeof DIRECT }>['step'], goal: number): Verdict {
    if (goal === -1) return NO
    const { asker, conditions } = asking
    const one = (allowed: ReturnType<typeof namedIn>, wanted: number): Verdict => {
      const item = allowed && wanted !== -1 ? graph.users.find(goal, wanted) : -1
      return allowed && item !== -1 ? conditions.judge(allowed, goal, item) : NO
    }
    return either(one(namedIn(step, asker), asker.item), one(step.wildcards[asker.type], asker.everyone))
  }
}

/** Who has to look again when a goal is decided: `by` a link of its joint `at`, or because it is computed from it. */
interface Use {
  by: number
  at?: number
}

const known = new WeakMap<Unfolded, readonly (readonly Use[] | undefined)[]>()

function usesOf(unfolded: Unfolded): readonly (readonly Use[] | undefined)[] {
  const before = known.get(unfolded)
  if (before) return before
  const uses: Use[][] = []
  const use = (to: number, of: Use) => {
    const others = uses[to]
    if (others) others.push(of)
    else uses[to] = [of]
  }
  // A link whose condition is faulty is faulty whatever stands behind it.
  unfolded.joints.forEach(({ by, links }: Joint, at) => {
    for (const { condition, to } of links) if (condition === YES) use(to, { by, at })
  })
  unfolded.goals.forEach(({ part }, by) => {
    for (const to of computedIn(part)) use(to, { by })
  })
  known.set(unfolded, uses)
  return uses
}

function* computedIn(part: Part): Iterable<number> {
  if (part.kind === COMPUTED) yield part.to
  if (part.kind === ANY || part.kind === ALL) for (const one of part.parts) yield* computedIn(one)
  if (part.kind !== EXCEPT) return
  yield* computedIn(part.base)
  yield* computedIn(part.subtract)
}
