// Every object a user stands in a relation to, in parts. Where all that leads there grants, what is reached is the
// answer; else what is reached is judged as it is found: of most only what getting there does not tell.

import { Judge } from '../check/judge.ts'
import { both, FAULTY, NO, not, type Verdict, YES } from '../check/verdict.ts'
import type { Rest } from './reverse-plan.ts'
import { type Listing, ReverseSearch } from './reverse-search.ts'

/** `more` to go on with; or complete; or that there is no answer. */
export type Progress = 'more' | 'complete' | 'too_deep' | 'faulty'

/** Steps up between two looks at what was found. */
const AT_ONCE = 128

export class ObjectList {
  readonly #listing: Listing
  readonly #climb: ReverseSearch
  readonly #rest: readonly Rest[]
  readonly #reads: readonly number[]
  #judge: Judge | undefined
  #taken = 0

  constructor(listing: Listing) {
    this.#listing = listing
    this.#climb = new ReverseSearch(listing)
    const { rest = [], reads } = listing.compiled.reversePlans(listing.relation)
    this.#rest = rest
    this.#reads = reads
  }

  /**
   * Goes on for about so many steps, a goal or a tuple each, or until `most` objects are there to be taken. Of no more
   * use once the tuples have changed, and when it has told that there is no answer.
   */
  more(steps: number, most = Number.POSITIVE_INFINITY): Progress {
    const { granted, partly, doubtful } = this.#climb
    const { goals } = this.#listing.compiled.graph
    for (let gone = 0; gone < steps && granted.length - this.#taken < most; ) {
      const reached = partly.pop()
      const object = reached ?? doubtful.pop()
      if (object !== undefined) {
        const judge = this.#judging()
        const before = judge.walked
        const rest = reached === undefined ? undefined : this.#restOf(object, judge)
        const verdict = rest ?? judge.judge(object, this.#listing.relation)
        if (verdict === FAULTY) return judge.tooDeep ? 'too_deep' : 'faulty'
        if (verdict === YES) granted.push(object)
        gone += 1 + judge.walked - before
      } else if (this.#climb.done) break
      else {
        gone += this.#climb.more(Math.min(AT_ONCE, steps - gone))
        for (const relation of this.#reads) goals.ahead(partly, 0, relation)
      }
    }
    return this.#climb.done && partly.length === 0 && doubtful.length === 0 ? 'complete' : 'more'
  }

  /** The next objects found, each once. */
  take(most = Number.POSITIVE_INFINITY): number[] {
    const { granted } = this.#climb
    const part = granted.slice(this.#taken, this.#taken + most)
    this.#taken += part.length
    if (this.#taken < granted.length) return part
    granted.length = 0
    this.#taken = 0
    return part
  }

  /** By what is not known yet of it; undefined where that cannot be told apart from the rest. */
  #restOf(object: number, judge: Judge): Verdict | undefined {
    const { asker, relation } = this.#listing
    // It is reached as what asks, not by a part of its rewrite.
    if (object === asker.object && relation === asker.relation) return YES
    let verdict: Verdict = YES
    for (const { step, subtracted } of this.#rest) {
      const part = judge.part(step, object, relation)
      if (part === undefined) return undefined
      verdict = both(verdict, subtracted ? not(part) : part)
      if (verdict === NO) return NO
    }
    return verdict
  }

  // One of its own: other questions are judged in between, and what was settled must not be settled again.
  #judging(): Judge {
    const { compiled, asker, conditions } = this.#listing
    this.#judge ??= new Judge(compiled).ask(asker, conditions)
    return this.#judge
  }
}
