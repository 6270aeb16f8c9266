// Tuples as numbers in columns, nine bytes each, so that ten million fit beside the engine that is measured: names are
// made anew each time they are read. No tuple stands in here twice.
import type { TupleKey } from '@mandate/server/relationships/model.ts'

/** What a tuple is of, its numbers apart. */
export interface Kind {
  /** Of the object. */
  type: string
  relation: string
  userType: string
  /** Where the user is a userset. */
  userRelation?: string
  /** The user is `type:*`. */
  wildcard: boolean
}

const LEAST = 1024

export class TupleColumns implements Iterable<TupleKey> {
  readonly kinds: readonly Kind[]
  readonly #numbers: ReadonlyMap<string, number>
  #kind = new Uint8Array(LEAST)
  #object = new Int32Array(LEAST)
  #user = new Int32Array(LEAST)
  #slots: Int32Array | undefined = new Int32Array(2 * LEAST)
  #count = 0

  /** Each kind as `group#member@user`, `group#member@group#member` or `doc#viewer@user:*`. */
  constructor(kinds: readonly string[]) {
    this.kinds = kinds.map(kindOf)
    this.#numbers = new Map(kinds.map((kind, number) => [kind, number]))
  }

  get length(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#kind.byteLength + this.#object.byteLength + this.#user.byteLength + (this.#slots?.byteLength ?? 0)
  }

  kindAt(nth: number): number {
    return this.#kind[nth] as number
  }

  objectAt(nth: number): number {
    return this.#object[nth] as number
  }

  userAt(nth: number): number {
    return this.#user[nth] as number
  }

  numberOf(kind: string): number {
    const number = this.#numbers.get(kind)
    if (number === undefined) throw new Error(`there are no tuples of the kind ${kind}`)
    return number
  }

  /** Adds a tuple unless it is there. */
  add(kind: string, object: number, user: number): void {
    if (!this.#slots) throw new Error('the tuples are complete')
    const number = this.numberOf(kind)
    const slot = this.#slotOf(this.#slots, number, object, user)
    if (this.#slots[slot] !== 0) return
    const at = this.#count++
    if (at === this.#kind.length) this.#grow()
    this.#kind[at] = number
    this.#object[at] = object
    this.#user[at] = user
    this.#slots[slot] = at + 1
    if (this.#count * 2 > this.#slots.length) this.#rebuild()
  }

  /** No more are added: what was needed to know them apart is let go. */
  complete(): this {
    this.#slots = undefined
    this.#kind = this.#kind.slice(0, this.#count)
    this.#object = this.#object.slice(0, this.#count)
    this.#user = this.#user.slice(0, this.#count)
    return this
  }

  at(nth: number): TupleKey {
    const { type, relation, userType, userRelation, wildcard } = this.kinds[this.kindAt(nth)] as Kind
    const user = wildcard ? `${userType}:*` : `${userType}:${this.userAt(nth)}`
    return {
      user: userRelation === undefined ? user : `${user}#${userRelation}`,
      relation,
      object: `${type}:${this.objectAt(nth)}`,
    }
  }

  *[Symbol.iterator](): Iterator<TupleKey> {
    for (let nth = 0; nth < this.#count; nth++) yield this.at(nth)
  }

  /** In blocks of at most `size`. */
  *blocks(size: number): Iterable<TupleKey[]> {
    for (let from = 0; from < this.#count; from += size)
      yield Array.from({ length: Math.min(size, this.#count - from) }, (_, nth) => this.at(from + nth))
  }

  #slotOf(slots: Int32Array, kind: number, object: number, user: number): number {
    const mask = slots.length - 1
    for (let slot = hashOf(kind, object, user) & mask; ; slot = (slot + 1) & mask) {
      const at = (slots[slot] as number) - 1
      if (at < 0 || (this.#user[at] === user && this.#object[at] === object && this.#kind[at] === kind)) return slot
    }
  }

  #grow(): void {
    const size = Math.ceil(this.#kind.length * 1.5)
    const [kind, object, user] = [new Uint8Array(size), new Int32Array(size), new Int32Array(size)]
    kind.set(this.#kind)
    object.set(this.#object)
    user.set(this.#user)
    this.#kind = kind
    this.#object = object
    this.#user = user
  }

  #rebuild(): void {
    const slots = new Int32Array((this.#slots?.length ?? LEAST) * 2)
    for (let at = 0; at < this.#count; at++)
      slots[this.#slotOf(slots, this.kindAt(at), this.objectAt(at), this.userAt(at))] = at + 1
    this.#slots = slots
  }
}

function hashOf(kind: number, object: number, user: number): number {
  const hash = Math.imul(object ^ Math.imul(user ^ Math.imul(kind + 1, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35)
  return (hash ^ (hash >>> 15)) >>> 1
}

function kindOf(text: string): Kind {
  const [, type = '', relation = '', userType = '', rest = ''] = /^(\w+)#(\w+)@(\w+)(.*)$/.exec(text) ?? []
  if (userType === '') throw new Error(`${text} is no kind of tuples`)
  return {
    ...{ type, relation, userType, wildcard: rest === ':*' },
    ...(rest.startsWith('#') && { userRelation: rest.slice(1) }),
  }
}
