// A list of objects that is sent as it is found. Each object was right when its part was made, none comes twice, and at
// the end everything was sent that was right when the last part was made.
import type { Slices } from './object-lists.ts'
import { SentObjects } from './sent-objects.ts'
import type { SlicedQuestion } from './sliced-question.ts'

const PART = 1000
/** Parts that are numbered again in one slice. */
const NUMBERED = 16

/** A list in slices; or all its names, where they had to be found in one step. */
export type Listed = Slices | readonly string[]

export class ObjectStream {
  readonly #sliced: SlicedQuestion<Listed>
  readonly #sent = new SentObjects()
  readonly #size: number
  #isLast = false

  /** `size` objects to a part; more only where the tuples keep changing. */
  constructor(sliced: SlicedQuestion<Listed>, size = PART) {
    this.#sliced = sliced
    this.#size = size
  }

  /** The next names, at least one; undefined at the end. */
  async next(): Promise<readonly string[] | undefined> {
    if (this.#isLast) return undefined
    const part = await this.#sliced.next((work, steps, longer) => this.#part(work, steps, longer))
    return part.length > 0 ? part : undefined
  }

  #part(work: Listed, steps: number, longer: number): readonly string[] | undefined {
    if (!('compiled' in work)) {
      this.#isLast = true
      return this.#sent.withoutNames(work)
    }
    const { graph } = work.compiled
    if (!this.#sent.numberedIn(graph, NUMBERED * longer)) return undefined
    const { objects, isLast } = work.part(steps, this.#size * longer)
    const fresh = this.#sent.without(objects)
    if (fresh.length === 0 && !isLast) return undefined
    const names = graph.names.textsOf(fresh)
    this.#sent.add(fresh, names)
    this.#isLast = isLast
    return names
  }
}
