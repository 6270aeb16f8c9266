// Which of many objects every reader may see: asked in one batch, equal questions once.
import type { Engine } from './engine.ts'
import { Refused } from './refusals.ts'

export async function visibleTo(
  engine: Engine,
  {
    subjects,
    type,
    relation,
    ids,
  }: { subjects: readonly string[]; type: string; relation: string; ids: Iterable<string> },
): Promise<Set<string>> {
  const distinct = [...new Set(ids)]
  for (const id of distinct as unknown[])
    if (typeof id !== 'string' || id === '') throw new Refused('invalid', 'Every result must name the object it is of.')
  const questions = distinct.flatMap((id) => subjects.map((user) => ({ user, relation, object: `${type}:${id}` })))
  const answers = questions.length === 0 ? [] : await engine.check(questions)
  // No reader is no permission: `every` of nothing would be true.
  const allowed = (at: number) =>
    subjects.length > 0 && subjects.every((_, of) => answers[at * subjects.length + of] === true)
  return new Set(distinct.filter((_, at) => allowed(at)))
}
