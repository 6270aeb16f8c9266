// Questions put to the engine in names, and its answers in names.
import type { ConditionContext } from './conditions/condition-definition.ts'
import type { Effort } from './conditions/effort.ts'
import type { Graph } from './engine/graph.ts'
import type { Ground } from './engine/ground.ts'
import { type Judge, UNWRITTEN } from './engine/judge.ts'
import { listObjects } from './engine/list-objects.ts'
import { listUsers } from './engine/list-users.ts'
import { type Asker, askerKnown, askerOf, Conditions, TooComplex } from './engine/question.ts'
import { FAULTY, YES } from './engine/verdict.ts'
import type { InForce } from './in-force.ts'
import { type Tuple, type TupleKey, typeOf } from './model.ts'
import { Refusal, tooComplex } from './problems.ts'

/** What a question assumes: tuples as if written, and values of conditions' parameters. */
export interface Assumed {
  contextual: readonly Tuple[]
  context?: ConditionContext
  /** Goals that a check walks before it writes down what it saw: 0 for all in writing. The answer is the same. */
  unwritten?: number
  /** Where questions are asked together, what they may spend on conditions together. */
  spending?: Effort
}

/** Whether the user stands in the relation; the names must be known to the model. */
export function checkTuple({ store, model }: InForce, key: TupleKey, assumed: Assumed): boolean {
  const { contextual } = assumed
  const { tuples } = store
  const ground = tuples.ground(model)
  const { graph, plan } = ground
  const { names } = graph
  names.findTwo(key.object, key.user)
  const object = names.one
  const asker = contextual.length === 0 && object !== -1 ? askerKnown(plan, graph, key.user, names.other) : undefined
  // Who is known already, or is in no tuple, leaves nothing to forget.
  if (asker)
    return checkNow(ground, {
      asker,
      object,
      relation: key.relation,
      assumed,
    })
  return tuples.assuming(contextual, () => {
    const asker = askerOf(plan, graph, key.user)
    return checkNow(ground, { asker, object: graph.addObject(key.object), relation: key.relation, assumed })
  })
}

interface Check {
  asker: Asker
  object: number
  relation: string
  assumed: Assumed
}

function checkNow({ plan, graph, judge }: Ground, { asker, object, relation, assumed }: Check): boolean {
  const { context, spending, unwritten = UNWRITTEN } = assumed
  const conditions = new Conditions(plan, graph, context, spending)
  const wanted = plan.find(graph.typeOf(object), graph.relationNumber(relation))
  const verdict = nested(() => judge.ask(asker, conditions, unwritten).judge(object, wanted))
  if (verdict === FAULTY) throw judge.tooDeep ? tooComplex() : faulty(conditions)
  return verdict === YES
}

export interface ObjectsQuestion {
  user: string
  relation: string
  type: string
}

/** The names of every object, in no order. */
export function objectsOf(by: InForce, question: ObjectsQuestion, assumed: Assumed): string[] {
  return listing(by, question, assumed, ({ graph }, objects) =>
    Array.from(objects, (object) => graph.names.textOf(object)),
  )
}

/** Where a page ended: an object, by what all are ordered by. */
export interface Ordered {
  order: number
  name: string
}

/** The next objects in an order that is the same on every replica; `rest` says how many come after them. */
export function objectsAfter(
  by: InForce,
  question: ObjectsQuestion,
  { after, size, ...assumed }: Assumed & { after: Ordered | undefined; size: number },
): { page: Ordered[]; rest: number } {
  return listing(by, question, assumed, ({ graph: { names } }, objects) => {
    const ordered = (object: number): Ordered => ({ order: names.orderOf(object), name: names.textOf(object) })
    let low = 0
    let high = after ? objects.length : 0
    while (after && low < high) {
      const middle = (low + high) >>> 1
      if (compareOrdered(ordered(objects[middle] as number), after) <= 0) low = middle + 1
      else high = middle
    }
    const page = Array.from(objects.subarray(low, low + size), ordered)
    return { page, rest: objects.length - low - page.length }
  })
}

const compareOrdered = (a: Ordered, b: Ordered): number =>
  a.order - b.order || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

/** Objects in a list that is kept. */
const MOST_KEPT = 200_000

/** What the user stands in the relation to, ordered. Kept where nothing but the tuples decides it. */
function listing<T>(
  { store, model }: InForce,
  { user, relation, type }: ObjectsQuestion,
  { contextual, context }: Assumed,
  use: (ground: Ground, objects: Int32Array) => T,
): T {
  const { tuples } = store
  const ground = tuples.ground(model)
  const key = contextual.length === 0 && context === undefined ? `${user} ${type} ${relation}` : undefined
  const known = key === undefined ? undefined : ground.listings.get(key)
  if (known?.version === tuples.version) return use(ground, known.objects)
  const { version } = tuples
  return tuples.assuming(contextual, () => {
    const { plan, graph } = ground
    const mark = graph.mark()
    const conditions = new Conditions(plan, graph, context)
    const wanted = plan.named(type, relation)
    if (!wanted) return use(ground, new Int32Array())
    const asker = askerOf(plan, graph, user)
    const listed = nested(() => listObjects({ ground, asker, conditions, relation: wanted.number }))
    if ('refused' in listed) throw listed.refused === 'too_deep' ? tooComplex() : faulty(conditions)
    const objects = inOrder(graph, listed.objects)
    // An object of the question alone loses its number with it.
    const lasts = asker.object === -1 && graph.names.count === mark.names
    if (key !== undefined && lasts && objects.length <= MOST_KEPT) ground.listings.set(key, { version, objects })
    return use(ground, objects)
  })
}

/** An order and a place below this stand in one number exactly. */
const PLACES = 2 ** 22

function inOrder({ names }: Graph, objects: readonly number[]): Int32Array {
  if (objects.length >= PLACES) return Int32Array.from(objects.toSorted((a, b) => compareNumbers(names, a, b)))
  const orders = Float64Array.from(objects, (object, at) => names.orderOf(object) * PLACES + at).sort()
  const sorted = Int32Array.from(orders, (order) => objects[order % PLACES] as number)
  const orderAt = (at: number) => Math.floor((orders[at] as number) / PLACES)
  for (let from = 0, to = 1; from < sorted.length; from = to, to += 1) {
    while (to < sorted.length && orderAt(to) === orderAt(from)) to += 1
    // Where several have one order their names decide, as they do for who asks for the next page.
    if (to - from > 1) sorted.subarray(from, to).sort((a, b) => compareNumbers(names, a, b))
  }
  return sorted
}

const compareNumbers = (names: Graph['names'], a: number, b: number): number =>
  names.orderOf(a) - names.orderOf(b) || (names.textOf(a) < names.textOf(b) ? -1 : 1)

export interface UsersQuestion {
  object: string
  relation: string
  filter: { type: string; relation?: string }
}

/** Every user as `type:id`, `type:id#relation` or `type:*`. */
export function usersOf(
  { store, model }: InForce,
  { object, relation, filter }: UsersQuestion,
  assumed: Assumed,
): string[] {
  const { tuples } = store
  const ground = tuples.ground(model)
  return tuples.assuming(assumed.contextual, () => {
    const { plan, graph, reach } = ground
    const conditions = new Conditions(plan, graph, assumed.context)
    const wanted = plan.named(typeOf(object), relation)
    if (!wanted) return []
    const asked = { object: graph.addObject(object), relation: wanted.number }
    const kind = {
      type: graph.typeNumber(filter.type),
      relation: filter.relation === undefined ? -1 : (plan.named(filter.type, filter.relation)?.number ?? -1),
    }
    const listed = nested(() => listUsers({ plan, graph, reach, conditions, ...asked, filter: kind }))
    if ('refused' in listed) throw listed.refused === 'too_deep' ? tooComplex() : faulty(conditions)
    return listed.items.map((item) => graph.nameOfItem(item)).sort()
  })
}

/** For asking about one user many times. */
export function judgeFor(ground: Ground, user: string): Judge {
  const { plan, graph } = ground
  return ground.judge.ask(askerOf(plan, graph, user), new Conditions(plan, graph))
}

/** A model may chain more computed relations than calls can be nested: too complex, as what lies too deep. */
export function nested<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError || error instanceof TooComplex) throw tooComplex()
    throw error
  }
}

function faulty({ fault }: Conditions): Refusal {
  return new Refusal('validation_error', fault?.message ?? 'the question cannot be judged')
}
