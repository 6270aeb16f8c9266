// Questions put to the engine in names, and its answers in names.
import type { ConditionContext } from './conditions/condition-definition.ts'
import type { Ground } from './engine/ground.ts'
import type { Judge } from './engine/judge.ts'
import { listObjects } from './engine/list-objects.ts'
import { listUsers } from './engine/list-users.ts'
import { askerOf, Conditions } from './engine/question.ts'
import { FAULTY, YES } from './engine/verdict.ts'
import type { InForce } from './in-force.ts'
import { type Tuple, type TupleKey, typeOf } from './model.ts'
import { Refusal, tooComplex } from './problems.ts'

/** What a question assumes: tuples as if written, and values of conditions' parameters. */
export interface Assumed {
  contextual: readonly Tuple[]
  context?: ConditionContext
}

/** Whether the user stands in the relation; the names must be known to the model. */
export function checkTuple({ store, model }: InForce, key: TupleKey, { contextual, context }: Assumed): boolean {
  const { tuples } = store
  const ground = tuples.ground(model)
  const ask = () => checkNow(ground, key, context)
  // Names that are known already leave nothing to forget.
  return contextual.length === 0 && isKnown(ground, key) ? ask() : tuples.assuming(contextual, ask)
}

function checkNow(ground: Ground, { user, relation, object }: TupleKey, context?: ConditionContext): boolean {
  const { plan, graph, judge } = ground
  const conditions = new Conditions(plan, graph, context)
  const number = graph.addObject(object)
  const wanted = plan.find(graph.types[number] as number, graph.relationNumber(relation))
  const verdict = judge.ask(askerOf(plan, graph, user), conditions).judge(number, wanted)
  if (verdict === FAULTY) throw judge.tooDeep ? tooComplex() : faulty(conditions)
  return verdict === YES
}

const isKnown = ({ graph: { names } }: Ground, { user, object }: TupleKey): boolean =>
  !user.includes('#') && names.find(object) !== -1 && names.find(user) !== -1

export interface ObjectsQuestion {
  user: string
  relation: string
  type: string
}

/** Every object, in no order, with a number that orders them the same everywhere. */
export function objectsOf(
  { store, model }: InForce,
  { user, relation, type }: ObjectsQuestion,
  assumed: Assumed,
): { name: string; order: number }[] {
  const { tuples } = store
  const ground = tuples.ground(model)
  return tuples.assuming(assumed.contextual, () => {
    const { plan, graph } = ground
    const conditions = new Conditions(plan, graph, assumed.context)
    const wanted = plan.named(type, relation)
    if (!wanted) return []
    const asker = askerOf(plan, graph, user)
    const listed = listObjects({ ground, asker, conditions, relation: wanted.number })
    if ('refused' in listed) throw listed.refused === 'too_deep' ? tooComplex() : faulty(conditions)
    return listed.objects.map((object) => ({ name: graph.names.textOf(object), order: graph.names.orderOf(object) }))
  })
}

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
    const listed = listUsers({
      ...{ plan, graph, reach, conditions, object: graph.addObject(object), relation: wanted.number },
      filter: {
        type: graph.typeNumber(filter.type),
        relation: filter.relation === undefined ? -1 : (plan.named(filter.type, filter.relation)?.number ?? -1),
      },
    })
    if ('refused' in listed) throw listed.refused === 'too_deep' ? tooComplex() : faulty(conditions)
    return listed.items.map((item) => graph.nameOfItem(item)).sort()
  })
}

/** For asking about one user many times. */
export function judgeFor(ground: Ground, user: string): Judge {
  const { plan, graph } = ground
  return ground.judge.ask(askerOf(plan, graph, user), new Conditions(plan, graph))
}

function faulty({ fault }: Conditions): Refusal {
  return new Refusal('validation_error', fault?.message ?? 'the question cannot be judged')
}
