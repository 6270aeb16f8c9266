// The exact meaning: all that follows for one user from unfolded goals. First what is certain (Kleene's three values:
// a goal without verdict neither grants nor, being subtracted, lets anything through), then which of the rest is faulty.
// Each tuple is looked at once, in whatever order goals come to depend on each other.
import type { Graph } from '../graph/graph.ts'
import { ALL, ANY, COMPUTED, DIRECT, EXCEPT } from '../plan.ts'
import { type Asker, type Conditions, namedIn } from '../question.ts'
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

export const settle = (unfolded: Unfolded, graph: Graph, asking: Asking): Settled => settling(unfolded, graph, asking)

export interface ForEach extends Settled {
  /**
   * Settles for another asker of the same type. `starts` are the places of goals that name it, or are it; only what leads
   * there is looked at again, which is what is returned. The answer holds until the next call.
   */
  again(asker: Asker, starts: readonly number[]): readonly number[]
}

/** `asking` is about an asker that no tuple names. Only for what no fault and no depth limit is in the way of. */
export function settling(unfolded: Unfolded, graph: Graph, { asker: nobody, conditions }: Asking): ForEach {
  const { goals, joints } = unfolded
  const uses = usesOf(unfolded)
  const verdicts: Verdict[] = goals.map(() => OPEN)
  /** By joint: the verdict of the links that have one, and how many have none yet. */
  const joined: Verdict[] = joints.map(() => NO)
  const open = joints.map(({ links }) => links.length)
  const isDue = new Uint8Array(goals.length)
  let asker = nobody
  let due: number[] = []
  let faulty: Verdict = OPEN

  decide(goals.keys())
  faulty = FAULTY
  for (const [at, { links }] of joints.entries())
    for (const { condition } of links) if (condition === FAULTY) join(at, FAULTY)
  decide(verdicts.keys().filter((place) => verdicts[place] === OPEN))

  const undo: (() => void)[] = []
  return { verdicts, verdictOf: judge, again }

  function again(of: Asker, starts: readonly number[]): readonly number[] {
    for (let back = undo.pop(); back; back = undo.pop()) back()
    asker = of
    const touched = [...new Set(starts)]
    const isTouched = new Set(touched)
    const stale = new Set<number>()
    // Grows while it is walked: whatever leads to what is touched is touched.
    for (const place of touched)
      for (const { by, at } of uses[place] ?? []) {
        if (!isTouched.has(by)) touched.push(by)
        isTouched.add(by)
        if (at !== undefined) reopen(at, verdicts[place] as Verdict, stale)
      }
    for (const place of touched) {
      const before = verdicts[place] as Verdict
      undo.push(() => {
        verdicts[place] = before
      })
      verdicts[place] = OPEN
    }
    for (const at of stale) joined[at] = lookAgain(at)
    decide(touched)
    return touched
  }

  function reopen(at: number, verdict: Verdict, stale: Set<number>): void {
    const [wasJoined, wasOpen] = [joined[at] as Verdict, open[at] as number]
    undo.push(() => {
      joined[at] = wasJoined
      open[at] = wasOpen
    })
    if (verdict !== OPEN) open[at] = wasOpen + 1
    if (verdict === YES) stale.add(at)
  }

  function lookAgain(at: number): Verdict {
    let verdict: Verdict = NO
    for (const { condition, to } of joints[at]?.links ?? [])
      if (condition === YES && verdicts[to] === YES) verdict = YES
    return verdict
  }

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
    const { object, relation } = asker
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
