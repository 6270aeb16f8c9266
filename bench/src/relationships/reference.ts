// The slow reference: the evaluator that the engine's own tests believe, over the columns of a world. It knows nothing
// of the engine's; changes made after the world was made are told to it.
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import { naive } from '@mandate/server/relationships/testing/naive-evaluator.ts'
import type { Kind, TupleColumns } from './tuple-columns.ts'
import type { World } from './world.ts'

export interface Reference {
  allows(question: TupleKey): boolean
  put(tuple: TupleKey): void
  take(tuple: TupleKey): void
}

export function referenceOf({ body, tuples }: World): Reference {
  const rows = rowsByObject(tuples)
  const written = new Map<string, TupleKey[]>()
  const taken = new Set<string>()
  let asker = ''
  const find = (object: string, relation: string): readonly TupleKey[] =>
    [...rows(object, relation, asker), ...(written.get(`${object}#${relation}`) ?? [])].filter(
      (tuple) => !taken.has(nameOf(tuple)),
    )
  const { check } = naive({ body, tuples: [], predicates: {}, context: {}, find })
  return {
    allows({ object, relation, user }) {
      asker = user
      return check(object, relation, user) === 'yes'
    },
    put(tuple) {
      const goal = `${tuple.object}#${tuple.relation}`
      if (taken.delete(nameOf(tuple))) return
      written.set(goal, [...(written.get(goal) ?? []), tuple])
    },
    take(tuple) {
      const goal = `${tuple.object}#${tuple.relation}`
      const others = written.get(goal)?.filter(({ user }) => user !== tuple.user)
      if (others && others.length < (written.get(goal)?.length ?? 0)) written.set(goal, others)
      else taken.add(nameOf(tuple))
    },
  }
}

const nameOf = ({ object, relation, user }: TupleKey): string => `${object}#${relation}@${user}`

/**
 * Finds rows by object and relation. Of those that name one person, only the asker's: the others lead nowhere, and a
 * group may have a hundred thousand of them. Nothing else is clever here.
 */
function rowsByObject(tuples: TupleColumns): (object: string, relation: string, asker: string) => TupleKey[] {
  const { kinds } = tuples
  const starts = kinds.map((_, kind) => startsOf(tuples, kind))
  const sorted = kinds.map((_, kind) => new Int32Array(starts[kind]?.at(-1) ?? 0))
  const filled = starts.map((start) => start.slice())
  for (let row = 0; row < tuples.length; row++) {
    const kind = tuples.kindAt(row)
    const next = filled[kind] as Int32Array
    const object = tuples.objectAt(row)
    ;(sorted[kind] as Int32Array)[next[object] as number] = row
    next[object] = (next[object] as number) + 1
  }
  return (object, relation, asker) => {
    const at = object.indexOf(':')
    const [type, id] = [object.slice(0, at), Number(object.slice(at + 1))]
    const person = asker.startsWith('user:') ? Number(asker.slice('user:'.length)) : Number.NaN
    const found: TupleKey[] = []
    for (const [kind, of] of kinds.entries()) {
      const start = starts[kind] as Int32Array
      if (of.type !== type || of.relation !== relation || !(id + 1 < start.length)) continue
      for (let nth = start[id] as number; nth < (start[id + 1] as number); nth++) {
        const row = (sorted[kind] as Int32Array)[nth] as number
        if (!namesPeople(of) || tuples.userAt(row) === person) found.push(tuples.at(row))
      }
    }
    return found
  }
}

const namesPeople = ({ userType, userRelation, wildcard }: Kind): boolean =>
  userType === 'user' && userRelation === undefined && !wildcard

/** Where the rows of each object begin, were those of the kind in order. */
function startsOf(tuples: TupleColumns, kind: number): Int32Array {
  let most = -1
  for (let row = 0; row < tuples.length; row++)
    if (tuples.kindAt(row) === kind) most = Math.max(most, tuples.objectAt(row))
  const starts = new Int32Array(most + 2)
  for (let row = 0; row < tuples.length; row++)
    if (tuples.kindAt(row) === kind) {
      const after = tuples.objectAt(row) + 1
      starts[after] = (starts[after] as number) + 1
    }
  for (let object = 1; object < starts.length; object++)
    starts[object] = (starts[object] as number) + (starts[object - 1] as number)
  return starts
}
