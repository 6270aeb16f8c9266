// Which objects were reached in which relation: a small table while there are few, then a bit for each object there is.
// A table of hundreds of thousands lies outside the processor's caches; their bits do not.
import { VerdictTable } from '../check/verdict-table.ts'

/** As many as are cheaper in a table. */
const FEW = 250

export class ReachedObjects {
  readonly #few = new VerdictTable()
  #bits: (Uint32Array | undefined)[] | undefined
  readonly #objects: number

  /** `objects` is how many there are. */
  constructor(objects: number) {
    this.#objects = objects
  }

  /** False where it was reached before. */
  add(object: number, relation: number): boolean {
    if (this.#bits) return this.#mark(this.#bits, object, relation)
    if (!this.#few.add(object, relation, 1)) return false
    if (this.#few.count < FEW) return true
    const bits: (Uint32Array | undefined)[] = []
    this.#few.each((one, of) => this.#mark(bits, one, of))
    this.#bits = bits
    return true
  }

  #mark(all: (Uint32Array | undefined)[], object: number, relation: number): boolean {
    let bits = all[relation]
    if (!bits) {
      bits = new Uint32Array((this.#objects >>> 5) + 1)
      all[relation] = bits
    }
    const before = bits[object >>> 5] as number
    const after = before | (1 << (object & 31))
    if (before === after >>> 0) return false
    bits[object >>> 5] = after
    return true
  }
}
