// The tuples of one store as integers, found from the object and from the user. Every name, goal and list is a number;
// what reads here never touches a string until it answers.
import type { TupleCondition } from '../../conditions/condition-definition.ts'
import { splitUser, type Tuple, type TupleKey, typeOf } from '../../model.ts'
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
export const CONDITIONAL = 1
/** Memory of a tuple's condition, and of its context beside its text. */
const CONDITION_BYTES = 250
const CONTEXT_BYTES = 60
/** As many as an item has room for. */
const MOST = 2 ** 29 - 1

export class Graph {
  readonly names: Names
  readonly goals = new Goals()
  /** Users by goal. */
  readonly users = new Lists(this.goals.records)
  /**
   * Goals by the object that is their user, and by the goal that is their userset: each as an item of a userset, with
   * the mark of its tuple.
   */
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
  #conditionBytes = 0

  constructor(seed: number) {
    this.names = new Names(seed)
  }

  /** How many tuples there are. */
  get size(): number {
    return this.#size
  }

  get bytes(): number {
    const { names, goals, users, ofObject, ofUserset } = this
    return (
      names.bytes +
      goals.bytes +
      users.bytes +
      ofObject.bytes +
      ofUserset.bytes +
      this.#objects.byteLength +
      this.#conditionBytes
    )
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
    this.#reverse(item).put(numberIn(item), usersetItem(goal) | (item & CONDITIONAL))
    if (condition) this.#keepCondition(goal, item, condition)
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

  /** For `BulkLoad`: the tuple in numbers, its condition kept; it stands in no list yet. */
  number({ user, relation, object, condition }: Tuple): { goal: number; item: number } {
    const goal = this.addGoal(object, relation)
    const plain = this.addUser(user)
    if (!condition) return { goal, item: plain }
    this.#keepCondition(goal, plain | CONDITIONAL, condition)
    return { goal, item: plain | CONDITIONAL }
  }

  /** For `BulkLoad`: what was numbered is put into the lists, in slices; the graph is of use at its end. */
  *settle(goals: Int32Array, items: Int32Array): Generator<void> {
    this.#size = goals.length
    yield* this.users.filling(goals, items)
    for (const [lists, ofObjects] of [
      [this.ofObject, true],
      [this.ofUserset, false],
    ] as const) {
      let count = 0
      for (const item of items) if (((item & OBJECT) !== 0) === ofObjects) count += 1
      yield
      const numbers = new Int32Array(count)
      const values = new Int32Array(count)
      for (let at = 0, to = 0; at < items.length; at++) {
        const item = items[at] as number
        if (((item & OBJECT) !== 0) !== ofObjects) continue
        numbers[to] = numberIn(item)
        values[to] = usersetItem(goals[at] as number) | (item & CONDITIONAL)
        to += 1
      }
      yield
      yield* lists.filling(numbers, values)
    }
  }

  /** Every tuple of objects of these types, or of all, in no order. */
  *all(types?: ReadonlySet<string>): Generator<Tuple> {
    for (let goal = 0; goal < this.goals.count; goal++) {
      const of = this.goals.objectOf(goal)
      if (types && !types.has(this.typeNames[this.typeOf(of)] as string)) continue
      const object = this.names.textOf(of)
      const relation = this.relationNames[this.goals.relationOf(goal)] as string
      // A list as it stands now: it may change while whoever takes these is given to others.
      for (const item of Array.from({ length: this.users.lengthOf(goal) }, (_, at) => this.users.itemAt(goal, at))) {
        const condition = this.conditionOf(goal, item)
        yield { object, relation, user: this.nameOfItem(item), ...(condition && { condition }) }
      }
    }
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

  #keepCondition(goal: number, item: number, condition: TupleCondition): void {
    const conditions = this.#conditions.get(goal) ?? new Map<number, TupleCondition>()
    this.#conditions.set(goal, conditions.set(item, condition))
    this.#conditionBytes += weightOf(condition)
  }

  #forgetCondition(goal: number, item: number): void {
    const conditions = this.#conditions.get(goal)
    const condition = (item & CONDITIONAL) === 0 ? undefined : conditions?.get(item)
    if (!conditions || !condition) return
    this.#conditionBytes -= weightOf(condition)
    conditions.delete(item)
    if (conditions.size === 0) this.#conditions.delete(goal)
  }
}

// Objects of JavaScript, as measured: the entries of two maps and the condition, and its context twice its text.
const weightOf = ({ context }: TupleCondition): number =>
  CONDITION_BYTES + (context ? CONTEXT_BYTES + 2 * JSON.stringify(context).length : 0)

const bitOf = (relation: number): number => 1 << (relation < 15 ? relation : 15)

function numberOf(numbers: Map<string, number>, names: string[], name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  if (names.length > 65_535) throw new Error('a store holds more types or relations than there are numbers')
  numbers.set(name, names.length)
  names.push(name)
  return names.length - 1
}
