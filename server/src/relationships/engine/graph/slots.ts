// Slots of a hash table of numbers, searched one after another. Each holds the number and one in its low bits, and above
// them what the place leaves over of the hash: most slots that belong to others are passed without a look at what they
// stand for, which lies elsewhere in memory.

/** Placed between two yields: some milliseconds. */
const SLICE = 2 ** 14

/** Two thirds is full. */
export const isFull = (slots: { length: number }, count: number): boolean => count * 3 > slots.length * 2

export function place(slots: Int32Array, hash: number, id: number): void {
  const mask = slots.length - 1
  let slot = hash & mask
  while (slots[slot] !== 0) slot = (slot + 1) & mask
  slots[slot] = (hash & ~mask) | (id + 1)
}

/** An empty table with room for `more`; undefined where there is room, and for a small one, which grows in no time. */
export function roomFor(slots: Int32Array, count: number, more: number): Int32Array<ArrayBuffer> | undefined {
  let size = slots.length
  while (isFull({ length: size }, count + more)) size *= 2
  return count < 4 * SLICE || size === slots.length ? undefined : new Int32Array(size)
}

/** Places the first `count` in slices; the table is of use at its end. */
export function* placing(slots: Int32Array, count: number, hashOf: (id: number) => number): Generator<void> {
  for (let id = 0; id < count; id++) {
    place(slots, hashOf(id), id)
    if (id % SLICE === 0) yield
  }
}

/** Only for what was placed last: nobody's search leads past it. */
export function unplace(slots: Int32Array, hash: number, id: number): void {
  const mask = slots.length - 1
  const held = (hash & ~mask) | (id + 1)
  let slot = hash & mask
  while (slots[slot] !== held) slot = (slot + 1) & mask
  slots[slot] = 0
}
