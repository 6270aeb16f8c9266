// Which tuples a model allows, and which questions it understands; a fault is a sentence, no fault is undefined.
import { type Condition, compileCondition } from '../conditions/evaluate-condition.ts'
import {
  isWildcard,
  type ModelBody,
  relationOf,
  restrictionsFor,
  splitUser,
  type Tuple,
  type TupleKey,
  type Types,
  typeOf,
  typesOf,
} from '../model.ts'
import { type ReadSet, type ReadSets, readSetsOf } from './read-sets.ts'

const OBJECT = /^[^:#\s]+:[^:#\s]+$/
const USER = /^[^:#\s]+:[^:#\s]+(#[^:#\s]+)?$/

/** Why `object#relation` cannot be asked of under this model. */
export function targetFault(types: Types, object: string, relation: string): string | undefined {
  if (!OBJECT.test(object)) return "invalid 'object' field format"
  if (isWildcard(object)) return "the 'object' field cannot reference a typed wildcard"
  if (!types.has(typeOf(object))) return `type '${typeOf(object)}' not found`
  if (!relationOf(types, object, relation)) return `relation '${typeOf(object)}#${relation}' not found`
  return undefined
}

/** Why `user` cannot be asked for under this model. */
export function userFault(types: Types, user: string): string | undefined {
  if (!USER.test(user))
    return "the 'user' field must be an object (e.g. document:1) or an 'object#relation' or a typed wildcard (e.g. group:*)"
  const { object, relation } = splitUser(user)
  if (!types.has(typeOf(object))) return `type '${typeOf(object)}' not found`
  if (relation === undefined) return undefined
  if (isWildcard(object)) return "the 'user' field cannot reference a typed wildcard in a userset value"
  if (!relationOf(types, object, relation)) return `relation '${typeOf(object)}#${relation}' not found`
  return undefined
}

export const questionFault = (types: Types, { user, relation, object }: TupleKey): string | undefined =>
  userFault(types, user) ?? targetFault(types, object, relation)

export interface TupleFault {
  reason: string
  /** Of the tuple's condition, and not of the tuple. */
  conditional: boolean
}

/** What tuples are held against: a model's types and its conditions, each made ready once. */
export interface ModelRules {
  types: Types
  /** Which types a question of a relation can touch. */
  readSets: ReadSets
  /** All that was asked about so far. */
  asked(): Iterable<ReadSet>
  condition(name: string): Condition | undefined
}

export function rulesOf(body: ModelBody): ModelRules {
  const ready = new Map<string, Condition>()
  const types = typesOf(body)
  return {
    types,
    ...readSetsOf(types),
    condition(name) {
      const definition = Object.hasOwn(body.conditions ?? {}, name) ? body.conditions?.[name] : undefined
      const condition = ready.get(name) ?? (definition && compileCondition(definition))
      if (condition) ready.set(name, condition)
      return condition
    },
  }
}

/** Why the tuple may not be written under this model. */
export function tupleFault(rules: ModelRules, tuple: Tuple): TupleFault | undefined {
  const { types } = rules
  const { user, relation, object, condition } = tuple
  const plain = (reason: string) => ({ reason, conditional: false })
  const fault = questionFault(types, tuple)
  if (fault !== undefined) return plain(fault)
  if (user === `${object}#${relation}`) return plain('cannot write a tuple that is implicit')
  const known = relationOf(types, object, relation)
  const restrictions = known ? restrictionsFor(known, user) : []
  if (restrictions.length === 0) {
    const { relation: of } = splitUser(user)
    const kind = isWildcard(user)
      ? `the typed wildcard '${user}'`
      : `type '${typeOf(user)}${of === undefined ? '' : `#${of}`}'`
    return plain(`${kind} is not an allowed type restriction for '${typeOf(object)}#${relation}'`)
  }
  const reason = conditionFault(rules, { condition, allowed: restrictions.map(({ condition: name }) => name) })
  return reason === undefined ? undefined : { reason, conditional: true }
}

/** As upstream's limit: the context of one tuple's condition. */
const CONTEXT_BYTES = 32 * 1024

function conditionFault(
  rules: ModelRules,
  { condition, allowed }: { condition: Tuple['condition']; allowed: readonly (string | undefined)[] },
): string | undefined {
  if (!condition) return allowed.includes(undefined) ? undefined : 'condition is missing'
  const known = rules.condition(condition.name)
  if (!known) return 'undefined condition'
  if (!allowed.includes(condition.name)) return 'invalid condition for type restriction'
  const { context = {} } = condition
  const size = Buffer.byteLength(JSON.stringify(context))
  if (size > CONTEXT_BYTES) return `condition context size limit exceeded: ${size} bytes exceeds ${CONTEXT_BYTES} bytes`
  return known.contextFault(context)
}

export const nameOf = ({ user, relation, object }: TupleKey): string => `${object}#${relation}@${user}`

export const faultOf = (tuple: TupleKey, { reason }: TupleFault): string =>
  `Invalid tuple '${nameOf(tuple)}'. Reason: ${reason}`
