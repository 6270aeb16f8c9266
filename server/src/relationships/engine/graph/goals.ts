// Goals, `object#relation`, as numbers, found by a hash table of plain integers.
import { Records } from './records.ts'
import { isFull, place, placing, roomFor, unplace } from './slots.ts'

const OBJECT = 2
const RELATION = 3
/** Places read ahead at a time. */
const AHEAD = new Int32Array(32)

export class Goals {
  /** Of each goal the head of its list of users (`Lists`), then its object and its relation. */
  readonly records = new Records(2)
  #slots = new Int32Array(128)
  #count = 0
  /** Written so that what is only read ahead is read. */
  touched = 0

  get count(): number {
    return this.#count
  }

  /** Without the records, which count with the lists that they are the heads of. */
  get bytes(): number {
    return this.#slots.byteLength
  }

  objectOf(goal: number): number {
    return this.records.data[(goal << 2) + OBJECT] as number
  }

  relationOf(goal: number): number {
    return this.records.data[(goal << 2) + RELATION] as number
  }

  /** The number of the pair; -1 where it has none. */
  find(object: number, relation: number): number {
    const slots = this.#slots
    const { data } = this.records
    const mask = slots.length - 1
    const hash = hashOf(object, relation)
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot] as number
      if (held === 0) return -1
      if (((held ^ hash) & ~mask) !== 0) continue
      const id = (held & mask) - 1
      if (data[(id << 2) + OBJECT] === object && data[(id << 2) + RELATION] === relation) return id
    }
  }

  /** Fetches what `find` reads for each of these objects, all together: waited for once, and not once each. */
  ahead(objects: readonly number[], from: number, relation: number): void {
    const slots = this.#slots
    const { data } = this.records
    const mask = slots.length - 1
    for (let at = from; at < objects.length; at += AHEAD.length) {
      const many = Math.min(AHEAD.length, objects.length - at)
      for (let n = 0; n < many; n++)
        AHEAD[n] = (slots[hashOf(objects[at + n] as number, relation) & mask] as number) & mask || 1
      let sum = 0
      for (let n = 0; n < many; n++) sum ^= data[((AHEAD[n] as number) << 2) - 1] as number
      this.touched = sum
    }
  }

  add(object: number, relation: number): number {
    const known = this.find(object, relation)
    if (known !== -1) return known
    const id = this.#count++
    this.records.reserve(this.#count)
    this.records.data[(id << 2) + OBJECT] = object
    this.records.data[(id << 2) + RELATION] = relation
    if (isFull(this.#slots, this.#count)) this.#rebuild()
    else place(this.#slots, this.#hashOfId(id), id)
    return id
  }

  /** Makes room for `more` goals in slices, so that adding them never stops to do it. Not for use in between. */
  *reserving(more: number): Generator<void> {
    const larger = roomFor(this.#slots, this.#count, more)
    if (!larger) return
    this.#slots = larger
    yield* placing(larger, this.#count, (id) => this.#hashOfId(id))
  }

  /** Forgets every goal from `count` on; they were the last to be placed. */
  truncate(count: number): void {
    while (this.#count > count) {
      const id = --this.#count
      unplace(this.#slots, this.#hashOfId(id), id)
    }
  }

  #hashOfId(id: number): number {
    return hashOf(this.objectOf(id), this.relationOf(id))
  }

  #rebuild(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let id = 0; id < this.#count; id++) place(this.#slots, this.#hashOfId(id), id)
  }
}

/**
 * The goals of one object share their bits from the fourth to the twenty-fourth, and so mostly a line of the
 * processor's cache; which relation it is says the place in that line, and the bits above tell apart.
 */
function hashOf(object: number, relation: number): number {
  const once = Math.imul(object ^ (object >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  const hash = twice ^ (twice >>> 16)
  return ((hash & ~7) | ((relation + (hash >>> 28)) & 7)) ^ Math.imul(relation, 0x9e000000)
}
