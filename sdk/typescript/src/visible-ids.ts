// Before a search: the complete set of ids that every reader may see, or a refusal. Never a part of it.
import type { Engine } from './engine.ts'
import { type Metrics, type Observe, stopwatch } from './metrics.ts'
import { mustBeBound, type ReadBy, subjectsOf } from './readers.ts'

export interface IdsAsked extends ReadBy {
  type: string
  relation: string
  /** Beyond it nothing is returned; 10,000 without it. */
  most?: number
  observe?: Observe
}

export async function visibleIds(
  engine: Engine,
  { type, relation, most = 10_000, observe, ...readBy }: IdsAsked,
): Promise<{ ids: string[] } & Metrics> {
  mustBeBound(most)
  const elapsed = stopwatch()
  const subjects = await subjectsOf(engine, readBy)
  let common: Set<string> | undefined
  let own = 0
  for (const user of subjects) {
    const listed = await engine.listObjects({ user, relation, type, most })
    if (!common) {
      common = new Set(listed)
      own = common.size
    } else {
      const also = new Set(listed)
      common = new Set([...common].filter((id) => also.has(id)))
    }
    if (common.size === 0) break
  }
  const ids = [...(common ?? [])]
  const metrics = { asked: own, returned: ids.length, withheld: own - ids.length, microseconds: elapsed(), rounds: 1 }
  observe?.(metrics)
  return { ids, ...metrics }
}
