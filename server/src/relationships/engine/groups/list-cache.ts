// Sorted lists of integers by number, kept while they are asked for: all in one slab, found by a table of plain integers.
// A Map of arrays costs five looks at memory for each list, and what is kept is asked about once in a while only.

const EMPTY = 0
const GONE = -1

/** What was kept at about the same time. */
class Generation {
  /** Pairs: the number and one, and the list's place in the slab, which begins with its length. */
  #table = new Int32Array(256)
  items = new Int32Array(1024)
  #end = 0
  /** Pairs in use, those that are gone too. */
  count = 0

  /** Place of the list's length; -1 where there is none. */
  find(key: number): number {
    const table = this.#table
    const mask = table.length - 1
    for (let slot = slotOf(key, mask); ; slot = (slot + 2) & mask) {
      const held = table[slot] as number
      if (held === key + 1) return table[slot + 1] as number
      if (held === EMPTY) return -1
    }
  }

  /** Only where there is none yet. */
  add(key: number, items: Int32Array, from: number, to: number): void {
    if (this.count * 3 > this.#table.length) this.#grow()
    const place = this.#end
    this.#end += to - from + 1
    if (this.#end > this.items.length) {
      const more = new Int32Array(Math.ceil(this.#end * 1.5))
      more.set(this.items)
      this.items = more
    }
    this.items[place] = to - from
    for (let at = from; at < to; at++) this.items[place + 1 + at - from] = items[at] as number
    this.count += 1
    this.#place(key, place)
  }

  delete(key: number): void {
    const table = this.#table
    const mask = table.length - 1
    for (let slot = slotOf(key, mask); table[slot] !== EMPTY; slot = (slot + 2) & mask)
      if (table[slot] === key + 1) table[slot] = GONE
  }

  #place(key: number, place: number): void {
    const table = this.#table
    const mask = table.length - 1
    let slot = slotOf(key, mask)
    while (table[slot] !== EMPTY) slot = (slot + 2) & mask
    table[slot] = key + 1
    table[slot + 1] = place
  }

  #grow(): void {
    const before = this.#table
    this.#table = new Int32Array(before.length * 2)
    this.count = 0
    for (let slot = 0; slot < before.length; slot += 2) {
      const held = before[slot] as number
      if (held === EMPTY || held === GONE) continue
      this.#place(held - 1, before[slot + 1] as number)
      this.count += 1
    }
  }
}

export class ListCache {
  #young = new Generation()
  #old = new Generation()
  readonly #most: number
  /** Where the list found last stands; of use until the next call. */
  items = new Int32Array()
  from = 0
  to = 0

  /** Between `most` and twice as many are kept: when the younger generation is full it becomes the older. */
  constructor(most: number) {
    this.#most = most
  }

  find(key: number): boolean {
    const young = this.#young.find(key)
    if (young !== -1) {
      this.#found(this.#young.items, young)
      return true
    }
    const old = this.#old.find(key)
    if (old === -1) return false
    this.#found(this.#old.items, old)
    this.#add(key, this.items, this.from, this.to)
    return true
  }

  /** Only where `find` has found none. */
  set(key: number, items: Int32Array): void {
    this.#add(key, items, 0, items.length)
  }

  delete(key: number): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  clear(): void {
    if (this.#young.count > 0) this.#young = new Generation()
    if (this.#old.count > 0) this.#old = new Generation()
  }

  #found(items: Int32Array<ArrayBuffer>, place: number): void {
    this.items = items
    this.from = place + 1
    this.to = place + 1 + (items[place] as number)
  }

  #add(key: number, items: Int32Array, from: number, to: number): void {
    if (this.#young.count >= this.#most) {
      this.#old = this.#young
      this.#young = new Generation()
    }
    this.#young.add(key, items, from, to)
  }
}

function slotOf(key: number, mask: number): number {
  const hash = Math.imul(key, 0x9e3779b1)
  return ((hash ^ (hash >>> 15)) << 1) & mask
}
