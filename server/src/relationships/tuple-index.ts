// A store's tuples in memory, found from the object and from the user.
import { splitUser, type TupleKey, type Tuples } from './model.ts'

export class TupleIndex implements Tuples {
  readonly users = new Map<string, Set<string>>()
  /** Per user (usersets under their object): the objects it is in tuples of, with how many. */
  readonly objects = new Map<string, Map<string, number>>()

  constructor(tuples: Iterable<TupleKey> = []) {
    for (const tuple of tuples) this.add(tuple)
  }

  add({ user, relation, object }: TupleKey): void {
    const target = `${object}#${relation}`
    const users = this.users.get(target) ?? new Set()
    if (users.has(user)) return
    this.users.set(target, users.add(user))
    const who = splitUser(user).object
    const objects = this.objects.get(who) ?? new Map<string, number>()
    this.objects.set(who, objects.set(object, (objects.get(object) ?? 0) + 1))
  }

  delete({ user, relation, object }: TupleKey): void {
    const target = `${object}#${relation}`
    const users = this.users.get(target)
    if (!users?.delete(user)) return
    if (users.size === 0) this.users.delete(target)
    const who = splitUser(user).object
    const objects = this.objects.get(who)
    const left = (objects?.get(object) ?? 0) - 1
    if (left > 0) objects?.set(object, left)
    else objects?.delete(object)
    if (objects?.size === 0) this.objects.delete(who)
  }

  usersOf(object: string, relation: string): Iterable<string> {
    return this.users.get(`${object}#${relation}`) ?? []
  }

  objectsOf(who: string): Iterable<string> {
    return this.objects.get(who)?.keys() ?? []
  }
}

/** `tuples` as they would be with `contextual` written too. */
export function withContextual(tuples: Tuples, contextual: readonly TupleKey[]): Tuples {
  if (contextual.length === 0) return tuples
  const more = new TupleIndex(contextual)
  return {
    usersOf: (object, relation) => new Set([...tuples.usersOf(object, relation), ...more.usersOf(object, relation)]),
    objectsOf: (who) => new Set([...tuples.objectsOf(who), ...more.objectsOf(who)]),
  }
}
