// Objects in the order of pages, which is the same on every replica: by a number that is made of the name, and where
// that is the same by the name itself. In slices: a long list must not hold up who asks meanwhile.
import type { Graph } from './graph.ts'

/** Numbers looked at between two yields, and in one part of those sorted: some milliseconds. */
const SLICE = 2 ** 14
/** Orders lie between 0 and this; an order and a place below `PLACES` stand in one number exactly. */
const ORDERS = 2 ** 31
const PLACES = 2 ** 22

export function* inOrder({ names }: Graph, objects: Int32Array): Generator<void, Int32Array> {
  if (objects.length <= SLICE) return sorted(names, objects)
  // Orders are spread evenly, so that as many parts are about of one size.
  const parts = Math.ceil((2 * objects.length) / SLICE)
  const partOf = (order: number): number => Math.floor((order / ORDERS) * parts)
  const orders = new Int32Array(objects.length)
  const ends = new Int32Array(parts + 1)
  for (let at = 0; at < objects.length; at++) {
    const order = names.orderOf(objects[at] as number)
    orders[at] = order
    ends[partOf(order) + 1] = (ends[partOf(order) + 1] as number) + 1
    if (at % SLICE === 0) yield
  }
  for (let part = 0; part < parts; part++) ends[part + 1] = (ends[part + 1] as number) + (ends[part] as number)
  const starts = ends.slice()
  const all = new Int32Array(objects.length)
  for (let at = 0; at < objects.length; at++) {
    const part = partOf(orders[at] as number)
    const to = starts[part] as number
    all[to] = objects[at] as number
    starts[part] = to + 1
    if (at % SLICE === 0) yield
  }
  for (let part = 0; part < parts; part++) {
    const [from, to] = [ends[part] as number, ends[part + 1] as number]
    all.set(sorted(names, all.subarray(from, to)), from)
    yield
  }
  return all
}

function sorted(names: Graph['names'], objects: Int32Array): Int32Array {
  const compare = (a: number, b: number): number =>
    names.orderOf(a) - names.orderOf(b) || (names.textOf(a) < names.textOf(b) ? -1 : 1)
  if (objects.length >= PLACES) return objects.toSorted(compare)
  const orders = Float64Array.from(objects, (object, at) => names.orderOf(object) * PLACES + at).sort()
  const all = Int32Array.from(orders, (order) => objects[order % PLACES] as number)
  const orderAt = (at: number) => Math.floor((orders[at] as number) / PLACES)
  for (let from = 0, to = 1; from < all.length; from = to, to += 1) {
    while (to < all.length && orderAt(to) === orderAt(from)) to += 1
    // Where several have one order their names decide, as they do for who asks for the next page.
    if (to - from > 1) all.subarray(from, to).sort(compare)
  }
  return all
}
