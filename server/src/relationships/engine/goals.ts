// Goals, `object#relation`, as numbers: a pair of numbers each, found by a hash table of plain integers.
import { SLICE, slotsFor } from './names.ts'

export class Goals {
  objects = new Int32Array(64)
  relations = new Uint16Array(64)
  #slots = new Int32Array(128)
  #count = 0

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.objects.byteLength + this.relations.byteLength + this.#slots.byteLength
  }

  /** The number of the pair; -1 where it has none. */
  find(object: number, relation: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hashOf(object, relation) & mask; ; slot = (slot + 1) & mask) {
      const id = (this.#slots[slot] as number) - 1
      if (id < 0 || (this.objects[id] === object && this.relations[id] === relation)) return id
    }
  }

  add(object: number, relation: number): number {
    const known = this.find(object, relation)
    if (known !== -1) return known
    const id = this.#count++
    if (id >= this.objects.length) {
      const size = Math.ceil(this.objects.length * 1.3) + 8
      const objects = new Int32Array(size)
      const relations = new Uint16Array(size)
      objects.set(this.objects)
      relations.set(this.relations)
      this.objects = objects
      this.relations = relations
    }
    this.objects[id] = object
    this.relations[id] = relation
    if (this.#count * 3 > this.#slots.length * 2) this.#rebuild()
    else this.#place(id)
    return id
  }

  /** Makes room for `more` goals in slices, so that adding them never stops to do it. Not for use in between. */
  *reserving(more: number): Generator<void> {
    const size = slotsFor(this.#slots.length, this.#count + more)
    // A small table grows in no time, and only when it must.
    if (this.#count < 4 * SLICE || size === this.#slots.length) return
    this.#slots = new Int32Array(size)
    for (let id = 0; id < this.#count; id++) {
      this.#place(id)
      if (id % SLICE === 0) yield
    }
  }

  /** Forgets every goal from `count` on; they were the last to be placed. */
  truncate(count: number): void {
    const mask = this.#slots.length - 1
    while (this.#count > count) {
      const id = --this.#count
      let slot = hashOf(this.objects[id] as number, this.relations[id] as number) & mask
      while (this.#slots[slot] !== id + 1) slot = (slot + 1) & mask
      this.#slots[slot] = 0
    }
  }

  #place(id: number): void {
    const mask = this.#slots.length - 1
    let slot = hashOf(this.objects[id] as number, this.relations[id] as number) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = id + 1
  }

  #rebuild(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let id = 0; id < this.#count; id++) this.#place(id)
  }
}

function hashOf(object: number, relation: number): number {
  const hash = Math.imul(object ^ Math.imul(relation + 1, 0x9e3779b1), 0x85ebca6b)
  return (hash ^ (hash >>> 15)) >>> 1
}
