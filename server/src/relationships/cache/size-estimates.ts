// How much memory a store's tuples would take: counted per type, at what a tuple of this store took when last seen.
import type { Tuples } from './tuples.ts'

/** Names included, as measured; a store whose names or conditions are long takes more, and is known to once it is here. */
const TUPLE_BYTES = 60
/** Tables in which there is nothing yet. */
const LEAST_BYTES = 8_192
/** Below so many the tables' least sizes would say more than the tuples. */
const TELLING = 1_000

export class SizeEstimates {
  readonly #counts: Map<string, number>
  #perTuple = TUPLE_BYTES

  /** `counts` is tuples by type of their object. */
  constructor(counts: Iterable<readonly [type: string, count: number]> = []) {
    this.#counts = new Map(counts)
  }

  add(type: string, count: number): void {
    this.#counts.set(type, Math.max(0, (this.#counts.get(type) ?? 0) + count))
  }

  /** Bytes of these types alone, or of all. */
  bytes(types?: Iterable<string>): number {
    return LEAST_BYTES + this.more(types)
  }

  /** Bytes that these types add to what is there. */
  more(types: Iterable<string> = this.#counts.keys()): number {
    return this.#countOf(types) * this.#perTuple
  }

  /** By what was counted and not by what is there: so a count that is off is made good for. */
  learn({ size, bytes, types }: Pick<Tuples, 'size' | 'bytes' | 'types'>): void {
    const counted = this.#countOf(types ?? this.#counts.keys())
    if (size >= TELLING && counted > 0) this.#perTuple = bytes / counted
  }

  #countOf(types: Iterable<string>): number {
    let count = 0
    for (const type of types) count += this.#counts.get(type) ?? 0
    return count
  }
}
