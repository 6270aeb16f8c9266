// Which tuples a model allows, and which questions it understands; a fault is a sentence, no fault is undefined.
import { allows, isWildcard, relationOf, splitUser, type TupleKey, type Types, typeOf } from './model.ts'

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

/** Why the tuple may not be written under this model. */
export function tupleFault(types: Types, tuple: TupleKey): string | undefined {
  const fault = questionFault(types, tuple)
  if (fault !== undefined) return fault
  const { user, relation, object } = tuple
  if (user === `${object}#${relation}`) return 'cannot write a tuple that is implicit'
  const known = relationOf(types, object, relation)
  if (known && allows(known, user)) return undefined
  const { relation: of } = splitUser(user)
  const kind = isWildcard(user)
    ? `the typed wildcard '${user}'`
    : `type '${typeOf(user)}${of === undefined ? '' : `#${of}`}'`
  return `${kind} is not an allowed type restriction for '${typeOf(object)}#${relation}'`
}

export const nameOf = ({ user, relation, object }: TupleKey): string => `${object}#${relation}@${user}`
