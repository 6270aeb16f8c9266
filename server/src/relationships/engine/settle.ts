// The exact meaning: all that follows for one user from unfolded goals. First what is certain (Kleene's three values:
// a goal without verdict neither grants nor, being subtracted, lets anything through), then which of the rest is faulty.
import type { Graph } from './graph.ts'
import { ALL, ANY, COMPUTED, DIRECT, EXCEPT } from './plan.ts'
import { type Asker, type Conditions, namedIn } from './question.ts'
import type { Link, Part, Unfolded } from './unfold.ts'
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

export function settle({ goals }: Unfolded, graph: Graph, asking: Asking): Settled {
  const verdicts: Verdict[] = goals.map(() => OPEN)
  let faulty: Verdict = OPEN
  iterate()
  faulty = FAULTY
  iterate()
  return { verdicts, verdictOf: judge }

  function iterate() {
    for (let changed = true; changed; ) {
      changed = false
      for (let place = goals.length - 1; place >= 0; place--) {
        if (verdicts[place] !== OPEN) continue
        const goal = goals[place]
        const { object, relation } = asking.asker
        const itself = goal?.object === object && goal.relation === relation
        const verdict = itself ? YES : goal ? judge(goal.part) : NO
        if (verdict === OPEN) continue
        verdicts[place] = verdict
        changed = true
      }
    }
  }

  function judge(part: Part): Verdict {
    switch (part.kind) {
      case 'cut':
        return faulty
      case COMPUTED:
        return verdicts[part.to] as Verdict
      case 'links':
        return anyOf(part.links)
      case DIRECT:
        return either(certain(named(part.step, part.goal)), anyOf(part.usersets))
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

  function anyOf(links: readonly Link[]): Verdict {
    let verdict: Verdict = NO
    for (const { condition, to } of links)
      verdict = either(verdict, condition === YES ? (verdicts[to] as Verdict) : certain(condition))
    return verdict
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
