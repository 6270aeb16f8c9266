// Objects in the order of pages, which is the same on every replica: by a number that is made of the name, and where that
// is the same by the name itself. They are put into parts in slices, and a part is sorted when a page of it is wanted.
import type { Graph } from '../graph/graph.ts'

/** Objects looked at between two yields: some milliseconds. */
const SLICE = 2 ** 14
/** Objects to a part, about: orders are spread evenly. */
const PART = 2 ** 11
/** Orders lie between 0 and this; an order and a place below `PLACES` stand in one number exactly. */
const ORDERS = 2 ** 31
const PLACES = 2 ** 22

/** An object by what all are ordered by. */
export interface Ordered {
  order: number
  name: string
}

export class PageOrder {
  /** Part by part, each from the end of the one before. */
  readonly objects: Int32Array
  readonly #names: Graph['names']
  readonly #ends: Int32Array
  readonly #sorted: (Int32Array | undefined)[] = []

  constructor(names: Graph['names'], objects: Int32Array, ends: Int32Array) {
    this.#names = names
    this.objects = objects
    this.#ends = ends
  }

  /** The next objects after one, or the first; `rest` says how many come after them. */
  after(last: Ordered | undefined, size: number): { objects: Int32Array; rest: number } {
    const page = new Int32Array(Math.min(size, this.objects.length))
    let part = last ? partOf(last.order, this.#parts) : 0
    let from = last && part < this.#parts ? this.#placeAfter(last, this.#part(part)) : 0
    let length = 0
    let left = this.objects.length - (this.#ends[part] ?? this.objects.length) - from
    for (; length < page.length && left > 0; part++, from = 0) {
      const objects = this.#part(part).subarray(from, from + page.length - length)
      page.set(objects, length)
      length += objects.length
      left -= objects.length
    }
    return { objects: page.subarray(0, length), rest: left }
  }

  orderedOf(object: number): Ordered {
    return { order: this.#names.orderOf(object), name: this.#names.textOf(object) }
  }

  get #parts(): number {
    return this.#ends.length - 1
  }

  #part(part: number): Int32Array {
    const known = this.#sorted[part]
    if (known) return known
    const objects = sorted(this.#names, this.objects.subarray(this.#ends[part], this.#ends[part + 1]))
    this.#sorted[part] = objects
    return objects
  }

  #placeAfter(last: Ordered, objects: Int32Array): number {
    let low = 0
    let high = objects.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(this.orderedOf(objects[middle] as number), last) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** In slices: a long list must not hold up who asks meanwhile. */
export function* pageOrderOf({ names }: Graph, objects: Int32Array): Generator<void, PageOrder> {
  const parts = Math.ceil(objects.length / PART) || 1
  if (parts === 1) return new PageOrder(names, objects, Int32Array.of(0, objects.length))
  const partsOf = new Uint32Array(objects.length)
  const ends = new Int32Array(parts + 1)
  for (let at = 0; at < objects.length; at++) {
    const part = partOf(names.orderOf(objects[at] as number), parts)
    partsOf[at] = part
    ends[part + 1] = (ends[part + 1] as number) + 1
    if (at % SLICE === SLICE - 1) yield
  }
  for (let part = 0; part < parts; part++) ends[part + 1] = (ends[part + 1] as number) + (ends[part] as number)
  const places = ends.slice()
  const all = new Int32Array(objects.length)
  for (let at = 0; at < objects.length; at++) {
    const part = partsOf[at] as number
    const place = places[part] as number
    all[place] = objects[at] as number
    places[part] = place + 1
    if (at % SLICE === SLICE - 1) yield
  }
  return new PageOrder(names, all, ends)
}

const partOf = (order: number, parts: number): number =>
  Math.min(Math.max(Math.floor((order / ORDERS) * parts), 0), parts)

const compare = (a: Ordered, b: Ordered): number =>
  a.order - b.order || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

function sorted(names: Graph['names'], objects: Int32Array): Int32Array {
  const byName = (a: number, b: number): number =>
    names.orderOf(a) - names.orderOf(b) || (names.textOf(a) < names.textOf(b) ? -1 : 1)
  if (objects.length >= PLACES) return objects.toSorted(byName)
  const orders = Float64Array.from(objects, (object, at) => names.orderOf(object) * PLACES + at).sort()
  const all = Int32Array.from(orders, (order) => objects[order % PLACES] as number)
  const orderAt = (at: number) => Math.floor((orders[at] as number) / PLACES)
  for (let from = 0, to = 1; from < all.length; from = to, to += 1) {
    while (to < all.length && orderAt(to) === orderAt(from)) to += 1
    // Where several have one order their names decide, as they do for who asks for the next page.
    if (to - from > 1) all.subarray(from, to).sort(byName)
  }
  return all
}
