// Names as numbers: each text once, as bytes in one slab, found by a hash table of plain integers. A JavaScript Map of
// a million strings costs three times the memory and all of it is walked by the garbage collector.
import { isFull, place, placing, roomFor, unplace } from './slots.ts'

const FNV = 0x01000193
/** Names that text is made of at once. */
const TOGETHER = 512

export class Names {
  #bytes: Buffer = Buffer.allocUnsafe(1024)
  #starts = new Uint32Array(64)
  #slots = new Int32Array(128)
  #count = 0
  #ascii = true
  /** What `findTwo` found. */
  one = -1
  other = -1
  /** Written so that what is only read ahead is read. */
  touched = 0
  /** Names that text is being made of. */
  #gathered: Buffer = Buffer.allocUnsafe(1024)
  readonly #seed: number

  /** `seed` makes the places in the table unpredictable for those who choose the names. */
  constructor(seed: number) {
    this.#seed = seed | 0
  }

  get count(): number {
    return this.#count
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#bytes.length + this.#starts.byteLength + this.#slots.byteLength
  }

  /** The number of `text`; -1 where it has none. */
  find(text: string): number {
    const unmixed = hashOn(text, this.#seed ^ text.length)
    return unmixed === undefined ? this.#search(Buffer.from(text)) : this.#findHashed(text, mixed(unmixed))
  }

  /** As `find` of each: what is read for both is asked of memory together, and waited for once. */
  findTwo(one: string, other: string): void {
    const [a, b] = [hashOn(one, this.#seed ^ one.length), hashOn(other, this.#seed ^ other.length)]
    if (a === undefined || b === undefined) {
      this.one = this.find(one)
      this.other = this.find(other)
      return
    }
    const [hashOfOne, hashOfOther] = [mixed(a), mixed(b)]
    const slots = this.#slots
    const mask = slots.length - 1
    // Nearly always the names' own; where not, nothing is lost.
    const starts = this.#starts
    const first = starts[(slots[hashOfOne & mask] as number) & mask] as number
    const second = starts[(slots[hashOfOther & mask] as number) & mask] as number
    this.touched = (this.#bytes[first] as number) ^ (this.#bytes[second] as number)
    this.one = this.#findHashed(one, hashOfOne)
    this.other = this.#findHashed(other, hashOfOther)
  }

  #findHashed(text: string, hash: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot] as number
      if (held === 0) return -1
      if (((held ^ hash) & ~mask) !== 0) continue
      const id = (held & mask) - 1
      const from = this.#starts[id] as number
      if ((this.#starts[id + 1] as number) - from === text.length && this.#holds(text, from)) return id
    }
  }

  /** As `find(prefix + text)`, without putting the two together. */
  findWithin(prefix: string, text: string): number {
    const length = prefix.length + text.length
    const start = hashOn(prefix, this.#seed ^ length)
    const unmixed = start === undefined ? undefined : hashOn(text, start)
    if (unmixed === undefined) return this.find(prefix + text)
    const hash = mixed(unmixed)
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot] as number
      if (held === 0) return -1
      if (((held ^ hash) & ~mask) !== 0) continue
      const id = (held & mask) - 1
      const from = this.#starts[id] as number
      if ((this.#starts[id + 1] as number) - from !== length) continue
      if (this.#holds(prefix, from) && this.#holds(text, from + prefix.length)) return id
    }
  }

  /** The number of `text`, a new one where it has none yet. */
  add(text: string): number {
    const known = this.find(text)
    if (known !== -1) return known
    const length = Buffer.byteLength(text)
    const from = this.#starts[this.#count] as number
    if (from + length > this.#bytes.length) this.#bytes = grown(this.#bytes, from + length)
    this.#bytes.write(text, from)
    if (length !== text.length) this.#ascii = false
    if (this.#count + 2 > this.#starts.length) {
      const more = new Uint32Array(Math.ceil(this.#starts.length * 1.3) + 8)
      more.set(this.#starts)
      this.#starts = more
    }
    this.#count += 1
    this.#starts[this.#count] = from + length
    if (isFull(this.#slots, this.#count)) this.#rebuild()
    else place(this.#slots, this.#hashOfId(this.#count - 1), this.#count - 1)
    return this.#count - 1
  }

  /** Makes room for `more` names in slices, so that adding them never stops to do it. Not for use in between. */
  *reserving(more: number): Generator<void> {
    const larger = roomFor(this.#slots, this.#count, more)
    if (!larger) return
    this.#slots = larger
    yield* placing(larger, this.#count, (id) => this.#hashOfId(id))
  }

  textOf(id: number): string {
    return this.#bytes.toString(this.#ascii ? 'latin1' : 'utf8', this.#starts[id], this.#starts[id + 1])
  }

  /** As `textOf` of each: their bytes are put together, so that text is made of them once. */
  textsOf(ids: ArrayLike<number>): string[] {
    const texts: string[] = []
    if (!this.#ascii) {
      for (let at = 0; at < ids.length; at++) texts.push(this.textOf(ids[at] as number))
      return texts
    }
    for (let from = 0; from < ids.length; from += TOGETHER) {
      const until = Math.min(ids.length, from + TOGETHER)
      let length = 0
      for (let at = from; at < until; at++) length = this.#gather(ids[at] as number, length)
      const all = this.#gathered.toString('latin1', 0, length)
      let end = 0
      for (let at = from; at < until; at++) {
        const start = end
        end += this.#lengthOf(ids[at] as number)
        texts.push(all.slice(start, end))
      }
    }
    return texts
  }

  #lengthOf(id: number): number {
    return (this.#starts[id + 1] as number) - (this.#starts[id] as number)
  }

  #gather(id: number, at: number): number {
    const from = this.#starts[id] as number
    const length = this.#lengthOf(id)
    if (at + length > this.#gathered.length) this.#gathered = grown(this.#gathered, at + length)
    for (let byte = 0; byte < length; byte++) this.#gathered[at + byte] = this.#bytes[from + byte] as number
    return at + length
  }

  /** A number for ordering that is the same on every replica and after every start. */
  orderOf(id: number): number {
    return hashBytes(this.#bytes, this.#starts[id] as number, this.#starts[id + 1] as number, 0) >>> 1
  }

  /** Forgets every name from `count` on. They were the last to be placed, so no other's search leads past them. */
  truncate(count: number): void {
    while (this.#count > count) {
      this.#count -= 1
      unplace(this.#slots, this.#hashOfId(this.#count), this.#count)
    }
  }

  #holds(text: string, from: number): boolean {
    for (let at = 0; at < text.length; at++) if (this.#bytes[from + at] !== text.charCodeAt(at)) return false
    return true
  }

  #search(bytes: Buffer): number {
    const mask = this.#slots.length - 1
    const hash = hashBytes(bytes, 0, bytes.length, this.#seed)
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = this.#slots[slot] as number
      if (held === 0) return -1
      if (((held ^ hash) & ~mask) !== 0) continue
      const id = (held & mask) - 1
      if (this.#bytes.subarray(this.#starts[id], this.#starts[id + 1]).equals(bytes)) return id
    }
  }

  #hashOfId(id: number): number {
    return hashBytes(this.#bytes, this.#starts[id] as number, this.#starts[id + 1] as number, this.#seed)
  }

  #rebuild(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let id = 0; id < this.#count; id++) place(this.#slots, this.#hashOfId(id), id)
  }
}

/** Goes on from `hash`. Undefined where the text is not ASCII: then its bytes are hashed. */
function hashOn(text: string, start: number): number | undefined {
  let hash = start
  let all = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    all |= code
    hash = Math.imul(hash ^ code, FNV)
  }
  return all > 127 ? undefined : hash
}

function hashBytes(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let hash = seed ^ (to - from)
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), FNV)
  return mixed(hash)
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}

function grown(bytes: Buffer, least: number): Buffer {
  const more = Buffer.allocUnsafe(Math.max(least, Math.ceil(bytes.length * 1.3)))
  bytes.copy(more)
  return more
}
