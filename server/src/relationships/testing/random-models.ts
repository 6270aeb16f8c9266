// Random models, tuples and contexts, for fast-check: small enough that everything meets everything.
import fc from 'fast-check'
import type { ConditionContext } from '../conditions/condition-definition.ts'
import { type ModelBody, type Rewrite, type Tuple, type TypeDefinition, typesOf } from '../model.ts'
import { validTypes } from '../models/model-rules.ts'
import { all, any, butNot, computed, from, model, self, type } from './models.ts'
import type { Predicates } from './naive-evaluator.ts'

const NAMES = ['a', 'b', 'c', 'd']
const TYPES = ['group', 'doc']

const integer = (context: ConditionContext, name: string): number => {
  const value = context[name]
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new Error(`${name} is missing or no int`)
  return value
}

const CONDITIONS: ModelBody['conditions'] = {
  small: { name: 'small', expression: 'x < 5', parameters: { x: { type_name: 'TYPE_NAME_INT' } } },
  equal: {
    name: 'equal',
    expression: 'x == y',
    parameters: { x: { type_name: 'TYPE_NAME_INT' }, y: { type_name: 'TYPE_NAME_INT' } },
  },
}
export const PREDICATES: Predicates = {
  small: (context) => integer(context, 'x') < 5,
  equal: (context) => integer(context, 'x') === integer(context, 'y'),
}

const name = fc.constantFrom(...NAMES)
const leaf: fc.Arbitrary<Rewrite> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(self) },
  { weight: 3, arbitrary: name.map(computed) },
  { weight: 2, arbitrary: name.map((of) => from(of, 'parent')) },
)
const rewrite = (depth: number): fc.Arbitrary<Rewrite> =>
  depth === 0
    ? leaf
    : fc.oneof(
        { weight: 4, arbitrary: leaf },
        { weight: 3, arbitrary: fc.array(rewrite(depth - 1), { minLength: 2, maxLength: 3 }).map((of) => any(...of)) },
        { weight: 2, arbitrary: fc.array(rewrite(depth - 1), { minLength: 2, maxLength: 2 }).map((of) => all(...of)) },
        { weight: 2, arbitrary: fc.tuple(rewrite(depth - 1), rewrite(depth - 1)).map(([of, by]) => butNot(of, by)) },
      )

const kind = fc.oneof(
  { weight: 4, arbitrary: fc.constant('user') },
  { weight: 1, arbitrary: fc.constant('user:*') },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...TYPES), name).map(([of, by]) => `${of}#${by}`) },
)
const allowed = fc
  .tuple(kind, fc.constantFrom('', '', '', '', ' with small', ' with equal'))
  .map((parts) => parts.join(''))

interface Relation {
  rewrite: Rewrite
  allowed: string[]
}
const relation: fc.Arbitrary<Relation> = fc.record({
  rewrite: rewrite(2),
  allowed: fc.uniqueArray(allowed, { minLength: 1, maxLength: 4 }),
})
const usesSelf = (of: Rewrite): boolean => JSON.stringify(of).includes('"this"')

const definition = (of: string): fc.Arbitrary<TypeDefinition> =>
  fc.tuple(relation, relation, relation, relation, fc.constantFrom('', ' with small')).map(([a, b, c, d, limit]) =>
    type(of, {
      parent: [self, 'doc', `group${limit}`],
      ...Object.fromEntries(
        [a, b, c, d].map((one, at) => [
          NAMES[at],
          [one.rewrite, ...(usesSelf(one.rewrite) ? one.allowed : [])] as [Rewrite, ...string[]],
        ]),
      ),
    }),
  )

const isValid = (body: ModelBody): boolean => {
  try {
    validTypes(body)
    return true
  } catch {
    return false
  }
}

export const models: fc.Arbitrary<ModelBody> = fc
  .tuple(definition('group'), definition('doc'))
  .map(([group, doc]) => ({ ...model(type('user'), group, doc), conditions: CONDITIONS }))
  .filter(isValid)

export const OBJECTS = ['group:1', 'group:2', 'group:3', 'doc:1', 'doc:2', 'doc:3']
const objects = fc.constantFrom(...OBJECTS)
const users = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('user:anne', 'user:bob', 'user:carl') },
  { weight: 1, arbitrary: fc.constant('user:*') },
  { weight: 4, arbitrary: fc.tuple(objects, name).map(([object, by]) => `${object}#${by}`) },
  { weight: 2, arbitrary: objects },
)
export const contexts: fc.Arbitrary<ConditionContext> = fc.oneof(
  fc.constant({}),
  fc.record({ x: fc.constantFrom(1, 9, 'text') }),
  fc.record({ x: fc.constantFrom(1, 9), y: fc.constantFrom(1, 9) }),
)
const stray: fc.Arbitrary<Tuple> = fc.record({
  user: users,
  relation: fc.constantFrom(...NAMES, 'parent'),
  object: objects,
})

/** Mostly tuples that the model allows, some that it does not. */
export const tuples = (body: ModelBody, most: number): fc.Arbitrary<Tuple[]> => {
  const kinds = [...typesOf(body)].flatMap(([of, relations]) =>
    [...relations].flatMap(([relation, { allowed }]) => allowed.map((reference) => ({ of, relation, reference }))),
  )
  const fitting = fc
    .record({
      kind: fc.constantFrom(...kinds),
      id: fc.constantFrom(1, 2, 3),
      who: fc.nat(2),
      context: fc.option(contexts, { nil: undefined }),
    })
    .map(({ kind: { of, relation, reference }, id, who, context }): Tuple => {
      const named = reference.type === 'user' ? `user:${['anne', 'bob', 'carl'][who]}` : `${reference.type}:${who + 1}`
      const user = reference.wildcard ? `${reference.type}:*` : named
      const condition = reference.condition && { name: reference.condition, ...(context && { context }) }
      return {
        ...{ object: `${of}:${id}`, relation },
        user: reference.relation === undefined ? user : `${user}#${reference.relation}`,
        ...(condition && { condition }),
      }
    })
  return fc.uniqueArray(fc.oneof({ weight: 12, arbitrary: fitting }, { weight: 1, arbitrary: stray }), {
    minLength: Math.floor(most / 2),
    maxLength: most,
    selector: ({ user, relation, object }) => `${object}#${relation}@${user}`,
    size: 'max',
  })
}

/** Every question there is: users that stand in tuples, that stand in none, usersets and everyone. */
export const ASKERS = ['user:anne', 'user:bob', 'user:nobody', 'user:*', 'group:1#a', 'doc:2#b', 'group:2']
export const RELATIONS = NAMES
