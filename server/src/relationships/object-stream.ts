// A list of objects that is sent as it is found. Each object was right when its part was made, none comes twice, and at
// the end everything was sent that was right when the last part was made.
import type { Slices } from './object-lists.ts'
import { Sent } from './sent.ts'
import type { UnderWay } from './under-way.ts'

const PART = 1000
/** Parts that are numbered again in one slice. */
const NUMBERED = 16

/** A list in slices; or all its names, where they had to be found in one step. */
export type Listed = Slices | readonly string[]

export class ObjectStream {
  readonly #underWay: UnderWay<Listed>
  readonly #sent = new Sent()
  readonly #size: number
  #isLast = false

  /** `size` objects to a part; more only where the tuples keep changing. */
  constructor(underWay: UnderWay<Listed>, size = PART) {
    this.#underWay = underWay
    this.#size = size
  }

  /** The next names, at least one; undefined at the end. */
  async next(): Promise<readonly string[] | undefined> {
    if (this.#isLast) return undefined
    const part = await this.#underWay.next((work, steps, longer) => this.#part(work, steps, longer))
    return part.length > 0 ? part : undefined
  }

  #part(work: Listed, steps: number, longer: number): readonly string[] | undefined {
    if (!('ground' in work)) {
      this.#isLast = true
      return this.#sent.withoutNames(work)
    }
    const { graph } = work.ground
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
