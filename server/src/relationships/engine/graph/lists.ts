// Many sorted lists of integers in one writable slab. A list of one stands in its own place, so that most lists need no
// block. Bit 0 of an item is a mark that goes along with it and does not count for its order.
import { Records } from './records.ts'

/** Sizes of blocks: each half as big again as the one before, so that little stands empty. */
const SIZES = [2, 3, 4]
while ((SIZES.at(-1) as number) < 2 ** 29) SIZES.push(Math.floor((SIZES.at(-1) as number) * 1.5))
/** Steps of a filling between two of its yields: some milliseconds. */
const SLICE = 2 ** 16

export class Lists {
  /** The slab; a list of two or more stands from its place on. */
  items = new Int32Array(256)
  /** Length and place of each list, at the start of its record; the rest of the record is others'. */
  readonly #heads: Records
  readonly #free: number[][] = SIZES.map(() => [])
  #end = 0

  constructor(heads: Records = new Records(1)) {
    this.#heads = heads
  }

  get bytes(): number {
    return this.items.byteLength + this.#heads.bytes
  }

  lengthOf(list: number): number {
    const { data, shift } = this.#heads
    const head = list << shift
    return head < data.length ? (data[head] as number) : 0
  }

  itemAt(list: number, at: number): number {
    const { data, shift } = this.#heads
    const head = list << shift
    const place = data[head + 1] as number
    return data[head] === 1 ? place : (this.items[place + at] as number)
  }

  /** The item equal to `wanted` but for its mark; -1 where there is none. */
  find(list: number, wanted: number): number {
    const { data, shift } = this.#heads
    const head = list << shift
    const length = head < data.length ? (data[head] as number) : 0
    if (length === 0) return -1
    const place = data[head + 1] as number
    const key = wanted >>> 1
    if (length === 1) return place >>> 1 === key ? place : -1
    const at = lowerBound(this.items, key, place, place + length)
    const item = at < place + length ? (this.items[at] as number) : -1
    return item >>> 1 === key ? item : -1
  }

  /** Adds `item`, or replaces the one that differs only in its mark. */
  put(list: number, item: number): void {
    this.#heads.reserve(list + 1)
    const { data, shift } = this.#heads
    const head = list << shift
    const length = data[head] as number
    const place = data[head + 1] as number
    if (length === 0 || (length === 1 && place >>> 1 === item >>> 1)) {
      data[head + 1] = item
      data[head] = 1
      return
    }
    if (length === 1) {
      const block = this.#take(0)
      this.items[block] = Math.min(place, item)
      this.items[block + 1] = Math.max(place, item)
      data[head + 1] = block
      data[head] = 2
      return
    }
    const at = lowerBound(this.items, item >>> 1, place, place + length)
    if (at < place + length && (this.items[at] as number) >>> 1 === item >>> 1) {
      this.items[at] = item
      return
    }
    const size = sizeFor(length)
    const offset = at - place
    if (length === SIZES[size]) {
      const block = this.#take(size + 1)
      this.items.copyWithin(block, place, at)
      this.items.copyWithin(block + offset + 1, at, place + length)
      this.#free[size]?.push(place)
      data[head + 1] = block
      this.items[block + offset] = item
    } else {
      this.items.copyWithin(at + 1, at, place + length)
      this.items[at] = item
    }
    data[head] = length + 1
  }

  /** Takes away the item equal to `wanted` but for its mark; false where there is none. */
  take(list: number, wanted: number): boolean {
    if (this.find(list, wanted) === -1) return false
    const { data, shift } = this.#heads
    const head = list << shift
    const length = data[head] as number
    const place = data[head + 1] as number
    data[head] = length - 1
    if (length === 1) return true
    const at = lowerBound(this.items, wanted >>> 1, place, place + length)
    const size = sizeFor(length)
    if (length === 2) {
      data[head + 1] = this.items[at === place ? place + 1 : place] as number
      this.#free[size]?.push(place)
      return true
    }
    this.items.copyWithin(at, at + 1, place + length)
    const smaller = sizeFor(length - 1)
    if (smaller !== size) {
      const block = this.#take(smaller)
      this.items.copyWithin(block, place, place + length - 1)
      this.#free[size]?.push(place)
      data[head + 1] = block
    }
    return true
  }

  /** Fills empty lists at once: `values[n]` goes into `lists[n]`. Much faster than one by one. */
  fill(lists: Int32Array, values: Int32Array): void {
    for (const _ of this.filling(lists, values));
  }

  /** As `fill`, in slices: the lists are of use when it has come to its end. */
  *filling(lists: Int32Array, values: Int32Array): Generator<void> {
    if (lists.length === 0) return
    let most = 0
    for (const list of lists) if (list > most) most = list
    this.#heads.reserve(most + 1)
    const { data, shift } = this.#heads
    const ends = new Int32Array(most + 2)
    for (let n = 0; n < lists.length; n++) {
      const list = lists[n] as number
      ends[list + 1] = (ends[list + 1] as number) + 1
      if (n % SLICE === 0) yield
    }
    let room = this.#end
    for (let list = 0; list <= most; list++) {
      const length = ends[list + 1] as number
      if (length > 1) room += SIZES[sizeFor(length)] as number
      ends[list + 1] = length + (ends[list] as number)
      if (list % SLICE === 0) yield
    }
    if (room > this.items.length) this.items = larger(this.items, room)
    const starts = ends.slice()
    const sorted = new Int32Array(values.length)
    for (let n = 0; n < values.length; n++) {
      const list = lists[n] as number
      const at = starts[list] as number
      sorted[at] = values[n] as number
      starts[list] = at + 1
      if (n % SLICE === 0) yield
    }
    for (let list = 0; list <= most; list++) {
      const [from, to] = [ends[list] as number, ends[list + 1] as number]
      if (list % SLICE === 0) yield
      if (to === from) continue
      const head = list << shift
      if (to - from > 1) {
        const block = this.#take(sizeFor(to - from))
        this.items.set(sorted.subarray(from, to).sort(), block)
        data[head + 1] = block
      } else data[head + 1] = sorted[from] as number
      data[head] = to - from
    }
  }

  #take(size: number): number {
    const free = this.#free[size]?.pop()
    if (free !== undefined) return free
    const block = this.#end
    this.#end += SIZES[size] as number
    if (this.#end > this.items.length) this.items = larger(this.items, Math.ceil(this.#end * 1.2))
    return block
  }
}

// Lists shrink as they grow, so a list's length alone says how big its block is.
function sizeFor(length: number): number {
  let low = 0
  let high = SIZES.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((SIZES[middle] as number) < length) low = middle + 1
    else high = middle
  }
  return low
}

function lowerBound(items: Int32Array, key: number, from: number, to: number): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((items[middle] as number) >>> 1 < key) low = middle + 1
    else high = middle
  }
  return low
}

function larger(array: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(size)
  more.set(array)
  return more
}
