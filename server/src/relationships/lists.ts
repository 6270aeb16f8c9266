// Complete lists by asking: every object a user could reach, every user a relation could hold, judged one by one.
import { check, type Place, settle, unfold, usersIn } from './evaluate.ts'
import { splitUser, type Tuples, type Types, typeOf } from './model.ts'
import { tooComplex } from './problems.ts'

export interface ObjectsQuestion {
  types: Types
  tuples: Tuples
  type: string
  relation: string
  user: string
}

/** Every object of `type` that `user` stands in `relation` to, in order of name. */
export function listObjects({ types, tuples, type, relation, user }: ObjectsQuestion): string[] {
  // Whatever grants anything does so over a chain of tuples that starts at the user, or at everyone of its kind.
  const { object: self } = splitUser(user)
  const reached = new Set([self])
  const chain = [self, `${typeOf(user)}:*`]
  for (const who of chain)
    for (const object of tuples.objectsOf(who))
      if (!reached.has(object)) {
        reached.add(object)
        chain.push(object)
      }
  return [...reached]
    .filter((object) => typeOf(object) === type && check({ types, tuples, object, relation, user }))
    .sort()
}

/** Every user of `type` (or userset `type#of`) in `relation` to `object`: those named by a tuple, and `type:*`. */
export function listUsers(place: Place, { type, relation: of }: { type: string; relation?: string }): string[] {
  const unfolding = unfold(place)
  while (unfolding.deeper());
  if (unfolding.cut) throw tooComplex()
  const named = new Set<string>()
  for (const [goal, node] of unfolding.goals) for (const user of [goal, ...usersIn(node)]) named.add(user)
  const goal = `${place.object}#${place.relation}`
  return [...named]
    .filter((user) => typeOf(user) === type && splitUser(user).relation === of)
    .filter((user) => {
      const verdicts = new Map()
      settle(unfolding, user, verdicts)
      return verdicts.get(goal) === 'named'
    })
    .sort()
}
