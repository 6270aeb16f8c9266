// The tuples of one store as integers, found from the object and from the user. Every name, goal and list is a number;
// what reads here never touches a string until it answers.
import type { TupleCondition } from '../conditions/condition-definition.ts'
import { splitUser, type Tuple, type TupleKey, typeOf } from '../model.ts'
import { Goals } from './goals.ts'
import { Lists } from './lists.ts'
import { Names } from './names.ts'

/**
 * A user in a list: bit 0 says that the tuple has a condition, bit 30 that it is an object and not a userset; between
 * stands the number of the object or goal. Usersets come first, so that reading them stops at the first object.
 */
export const OBJECT = 1 << 30
export const objectItem = (object: number): number => OBJECT | (object << 1)
export const usersetItem = (goal: number): number => goal << 1
export const numberIn = (item: number): number => (item & ~OBJECT) >>> 1
const CONDITIONAL = 1
/** As many as an item has room for. */
const MOST = 2 ** 29 - 1

export class Graph {
  readonly names: Names
  readonly goals = new Goals()
  /** Users by goal. */
  readonly users = new Lists(this.goals.records)
  /** Goals by the object that is their user, and by the goal that is their userset. */
  readonly ofObject = new Lists()
  readonly ofUserset = new Lists()
  /**
   * Of each object its type in the upper half, and below it the relations it may have tuples of, a bit each, the last
   * for all beyond: most goals asked for are not there.
   */
  #objects = new Uint32Array(64)
  readonly #conditions = new Map<number, Map<number, TupleCondition>>()
  readonly #typeNumbers = new Map<string, number>()
  readonly typeNames: string[] = []
  readonly #relationNumbers = new Map<string, number>()
  readonly relationNames: string[] = []
  #size = 0

  constructor(seed: number) {
    this.names = new Names(seed)
  }

  /** How many tuples there are. */
  get size(): number {
    return this.#size
  }

  get bytes(): number {
    const { names, goals, users, ofObject, ofUserset } = this
    return names.bytes + goals.bytes + users.bytes + ofObject.bytes + ofUserset.bytes + this.#objects.byteLength
  }

  typeNumber(name: string): number {
    return numberOf(this.#typeNumbers, this.typeNames, name)
  }

  relationNumber(name: string): number {
    return numberOf(this.#relationNumbers, this.relationNames, name)
  }

  addObject(name: string): number {
    const known = this.names.find(name)
    return known === -1 ? this.#newObject(name) : known
  }

  #newObject(name: string): number {
    const object = this.names.add(name)
    if (object > MOST) throw new Error('a store holds more objects than there are numbers')
    if (object >= this.#objects.length) {
      const objects = new Uint32Array(Math.ceil(this.#objects.length * 1.3) + 8)
      objects.set(this.#objects)
      this.#objects = objects
    }
    this.#objects[object] = this.typeNumber(typeOf(name)) << 16
    return object
  }

  typeOf(object: number): number {
    return (this.#objects[object] as number) >>> 16
  }

  /** The goal's number; -1 where no tuple ever was of it. */
  goalOf(object: number, relation: number): number {
    return ((this.#objects[object] as number) & bitOf(relation)) === 0 ? -1 : this.goals.find(object, relation)
  }

  addGoal(object: string, relation: string): number {
    const number = this.addObject(object)
    const name = this.relationNumber(relation)
    this.#objects[number] = (this.#objects[number] as number) | bitOf(name)
    return this.goals.add(number, name)
  }

  /** The item for `user`, numbered now where it is new. */
  addUser(user: string): number {
    const { object, relation } = splitUser(user)
    return relation === undefined ? objectItem(this.addObject(object)) : usersetItem(this.addGoal(object, relation))
  }

  /** What is known of the tuple's condition: false where there is no tuple, undefined where it has none. */
  find({ user, relation, object }: TupleKey): TupleCondition | undefined | false {
    const goal = this.addGoal(object, relation)
    const item = this.users.find(goal, this.addUser(user))
    return item === -1 ? false : this.conditionOf(goal, item)
  }

  conditionOf(goal: number, item: number): TupleCondition | undefined {
    return (item & CONDITIONAL) === 0 ? undefined : this.#conditions.get(goal)?.get(item | CONDITIONAL)
  }

  put({ user, relation, object, condition }: Tuple): void {
    const goal = this.addGoal(object, relation)
    const plain = this.addUser(user)
    const item = condition ? plain | CONDITIONAL : plain
    const before = this.users.find(goal, item)
    if (before === -1) this.#size += 1
    else this.#forgetCondition(goal, before)
    this.users.put(goal, item)
    this.#reverse(item).put(numberIn(item), usersetItem(goal))
    if (!condition) return
    const conditions = this.#conditions.get(goal) ?? new Map<number, TupleCondition>()
    this.#conditions.set(goal, conditions.set(item, condition))
  }

  take({ user, relation, object }: TupleKey): void {
    const goal = this.addGoal(object, relation)
    const wanted = this.addUser(user)
    const item = this.users.find(goal, wanted)
    if (item === -1) return
    this.#size -= 1
    this.users.take(goal, item)
    this.#reverse(item).take(numberIn(item), usersetItem(goal))
    this.#forgetCondition(goal, item)
  }

  /** Fills an empty graph at once. */
  fill(tuples: Iterable<Tuple>): void {
    const goals: number[] = []
    const items: number[] = []
    for (const { user, relation, object, condition } of tuples) {
      const goal = this.addGoal(object, relation)
      const item = this.addUser(user) | (condition ? CONDITIONAL : 0)
      goals.push(goal)
      items.push(item)
      if (!condition) continue
      const conditions = this.#conditions.get(goal) ?? new Map<number, TupleCondition>()
      this.#conditions.set(goal, conditions.set(item, condition))
    }
    this.#size = goals.length
    this.users.fill(Int32Array.from(goals), Int32Array.from(items))
    for (const [lists, ofObjects] of [
      [this.ofObject, true],
      [this.ofUserset, false],
    ] as const) {
      const chosen = items.flatMap((item, at) => (((item & OBJECT) !== 0) === ofObjects ? [at] : []))
      lists.fill(
        Int32Array.from(chosen, (at) => numberIn(items[at] as number)),
        Int32Array.from(chosen, (at) => usersetItem(goals[at] as number)),
      )
    }
  }

  all(): Tuple[] {
    const tuples: Tuple[] = []
    for (let goal = 0; goal < this.goals.count; goal++)
      for (let at = 0; at < this.users.lengthOf(goal); at++) {
        const item = this.users.itemAt(goal, at)
        const [object = '', relation = ''] = this.nameOfGoal(goal).split('#')
        const condition = this.conditionOf(goal, item)
        tuples.push({ object, relation, user: this.nameOfItem(item), ...(condition && { condition }) })
      }
    return tuples
  }

  nameOfItem(item: number): string {
    if ((item & OBJECT) !== 0) return this.names.textOf(numberIn(item))
    return this.nameOfGoal(numberIn(item))
  }

  nameOfGoal(goal: number): string {
    const { goals, names } = this
    return `${names.textOf(goals.objectOf(goal))}#${this.relationNames[goals.relationOf(goal)]}`
  }

  /** Where the numbers end now; `truncate` forgets what was numbered since. Nothing of it may stand in a list then. */
  mark(): { names: number; goals: number } {
    return { names: this.names.count, goals: this.goals.count }
  }

  truncate(mark: { names: number; goals: number }): void {
    this.goals.truncate(mark.goals)
    this.names.truncate(mark.names)
  }

  #reverse(item: number): Lists {
    return (item & OBJECT) !== 0 ? this.ofObject : this.ofUserset
  }

  #forgetCondition(goal: number, item: number): void {
    if ((item & CONDITIONAL) === 0) return
    const conditions = this.#conditions.get(goal)
    conditions?.delete(item)
    if (conditions?.size === 0) this.#conditions.delete(goal)
  }
}

const bitOf = (relation: number): number => 1 << (relation < 15 ? relation : 15)

function numberOf(numbers: Map<string, number>, names: string[], name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  if (names.length > 65_535) throw new Error('a store holds more types or relations than there are numbers')
  numbers.set(name, names.length)
  names.push(name)
  return names.length - 1
}
