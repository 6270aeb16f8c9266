// What a question has already seen: a verdict per object and relation, in a table of plain integers that is emptied by
// counting one up.
const START = 256

export class VerdictTable {
  #objects = new Int32Array(START)
  #relations = new Int32Array(START)
  #verdicts = new Uint8Array(START)
  #stamps = new Uint32Array(START)
  #stamp = 1
  #count = 0

  get count(): number {
    return this.#count
  }

  clear(): void {
    this.#count = 0
    this.#stamp += 1
    if (this.#stamp < 0xffffffff) return
    this.#stamps.fill(0)
    this.#stamp = 1
  }

  /** Its place; `valueAt` tells what stands there, -1 for nothing. Valid until the next `put`. */
  get(object: number, relation: number): number {
    const mask = this.#objects.length - 1
    for (let slot = hashOf(object, relation) & mask; ; slot = (slot + 1) & mask) {
      if (this.#stamps[slot] !== this.#stamp) return -1
      if (this.#objects[slot] === object && this.#relations[slot] === relation) return this.#verdicts[slot] as number
    }
  }

  /** Whether it was not there before; what was keeps its verdict. */
  add(object: number, relation: number, verdict: number): boolean {
    const before = this.#count
    if (this.get(object, relation) === -1) this.put(object, relation, verdict)
    return this.#count > before
  }

  /** Every pair, in no order. */
  each(visit: (object: number, relation: number) => void): void {
    for (let slot = 0; slot < this.#objects.length; slot++)
      if (this.#stamps[slot] === this.#stamp) visit(this.#objects[slot] as number, this.#relations[slot] as number)
  }

  put(object: number, relation: number, verdict: number): void {
    if (this.#count * 2 >= this.#objects.length) this.#grow()
    const mask = this.#objects.length - 1
    let slot = hashOf(object, relation) & mask
    while (this.#stamps[slot] === this.#stamp) {
      if (this.#objects[slot] === object && this.#relations[slot] === relation) {
        this.#verdicts[slot] = verdict
        return
      }
      slot = (slot + 1) & mask
    }
    this.#stamps[slot] = this.#stamp
    this.#objects[slot] = object
    this.#relations[slot] = relation
    this.#verdicts[slot] = verdict
    this.#count += 1
  }

  #grow(): void {
    const [objects, relations, verdicts, stamps] = [this.#objects, this.#relations, this.#verdicts, this.#stamps]
    const size = objects.length * 2
    this.#objects = new Int32Array(size)
    this.#relations = new Int32Array(size)
    this.#verdicts = new Uint8Array(size)
    this.#stamps = new Uint32Array(size)
    this.#count = 0
    for (let slot = 0; slot < objects.length; slot++)
      if (stamps[slot] === this.#stamp)
        this.put(objects[slot] as number, relations[slot] as number, verdicts[slot] as number)
  }
}

function hashOf(object: number, relation: number): number {
  const hash = Math.imul(object ^ Math.imul(relation + 1, 0x9e3779b1), 0x85ebca6b)
  return (hash ^ (hash >>> 15)) >>> 1
}
