// Checks and lists of users put to the engine in names, and its answers in names.
import type { ConditionContext } from '../conditions/condition-definition.ts'
import type { Effort } from '../conditions/effort.ts'
import { type Judge, UNWRITTEN } from '../engine/check/judge.ts'
import { FAULTY, YES } from '../engine/check/verdict.ts'
import type { CompiledModel } from '../engine/compiled-model.ts'
import { listUsers } from '../engine/listing/list-users.ts'
import { type Asker, askerKnown, askerOf, Conditions, TooComplex } from '../engine/question.ts'
import { type Tuple, type TupleKey, typeOf } from '../model.ts'
import { Refusal, tooComplex } from '../protocol/problems.ts'
import type { ResolvedModel } from './resolved-model.ts'

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
export function checkTuple({ store, model }: ResolvedModel, key: TupleKey, assumed: Assumed): boolean {
  const { contextual } = assumed
  const { tuples } = store
  const compiled = tuples.compiled(model)
  const { graph, plan } = compiled
  const { names } = graph
  names.findTwo(key.object, key.user)
  const object = names.one
  const asker = contextual.length === 0 && object !== -1 ? askerKnown(plan, graph, key.user, names.other) : undefined
  // Who is known already, or is in no tuple, leaves nothing to forget.
  if (asker)
    return checkNow(compiled, {
      asker,
      object,
      relation: key.relation,
      assumed,
    })
  return tuples.assuming(contextual, () => {
    const asker = askerOf(plan, graph, key.user)
    return checkNow(compiled, { asker, object: graph.addObject(key.object), relation: key.relation, assumed })
  })
}

interface Check {
  asker: Asker
  object: number
  relation: string
  assumed: Assumed
}

function checkNow({ plan, graph, judge }: CompiledModel, { asker, object, relation, assumed }: Check): boolean {
  const { context, spending, unwritten = UNWRITTEN } = assumed
  const conditions = new Conditions(plan, graph, context, spending)
  const wanted = plan.find(graph.typeOf(object), graph.relationNumber(relation))
  const verdict = nested(() => judge.ask(asker, conditions, unwritten).judge(object, wanted))
  if (verdict === FAULTY) throw judge.tooDeep ? tooComplex() : faulty(conditions)
  return verdict === YES
}

export interface UsersQuestion {
  object: string
  relation: string
  filter: { type: string; relation?: string }
}

/** Every user as `type:id`, `type:id#relation` or `type:*`. */
export function usersOf(
  { store, model }: ResolvedModel,
  { object, relation, filter }: UsersQuestion,
  assumed: Assumed,
): string[] {
  const { tuples } = store
  const compiled = tuples.compiled(model)
  return tuples.assuming(assumed.contextual, () => {
    const { plan, graph, reach } = compiled
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
export function judgeFor(compiled: CompiledModel, user: string): Judge {
  const { plan, graph } = compiled
  return compiled.judge.ask(askerOf(plan, graph, user), new Conditions(plan, graph))
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

export function faulty({ fault }: Conditions): Refusal {
  return new Refusal('validation_error', fault?.message ?? 'the question cannot be judged')
}
