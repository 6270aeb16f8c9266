// Slots of a hash table of numbers, searched one after another. Each holds the number and one in its low bits, and above
// them what the place leaves over of the hash: most slots that belong to others are passed without a look at what they
// stand for, which lies elsewhere in memory.

/** Two thirds is full. */
export const isFull = (slots: Int32Array, count: number): boolean => count * 3 > slots.length * 2

export function place(slots: Int32Array, hash: number, id: number): void {
  const mask = slots.length - 1
  let slot = hash & mask
  while (slots[slot] !== 0) slot = (slot + 1) & mask
  slots[slot] = (hash & ~mask) | (id + 1)
}

/** Only for what was placed last: nobody's search leads past it. */
export function unplace(slots: Int32Array, hash: number, id: number): void {
  const mask = slots.length - 1
  const held = (hash & ~mask) | (id + 1)
  let slot = hash & mask
  while (slots[slot] !== held) slot = (slot + 1) & mask
  slots[slot] = 0
}
