// After a search: ranked results, of which the first k that every reader may see come back. Where some are withheld,
// the next are fetched until there are k, or no more.
import type { Engine } from './engine.ts'
import { type Metrics, type Observe, stopwatch } from './metrics.ts'
import { type ReadBy, subjectsOf } from './readers.ts'
import { Refused } from './refusals.ts'
import { visibleTo } from './visible.ts'

/** The results from `offset` on, best first, `limit` of them or fewer; none when there are no more. */
export type Search<T> = (page: { offset: number; limit: number }) => Promise<readonly T[]>

export interface Retrieval<T> extends ReadBy {
  search: Search<T>
  k: number
  /** Type of the objects that results are judged by, and the relation their readers must have. */
  type: string
  relation: string
  /** Id of the object that a result is judged by: its document's, say. */
  idOf(result: T): string
  /** What makes two results the same passage, where a search may return it twice. */
  keyOf?(result: T): string
  /** Searches at most; 100 without it, which reach some 90,000 results. */
  mostRounds?: number
  observe?: Observe
}

export interface Retrieved<T> extends Metrics {
  results: T[]
  /** Whether the search had no more. Where it is false and there are fewer than k, the rounds were used up. */
  exhausted: boolean
}

const MOST = 1000

export async function retrieve<T>(engine: Engine, given: Retrieval<T>): Promise<Retrieved<T>> {
  const { k, search, type, relation, idOf, keyOf, mostRounds = 100, observe, ...readBy } = given
  for (const [name, value] of Object.entries({ k, mostRounds }))
    if (!Number.isInteger(value) || value < 1 || value > MOST)
      throw new Refused('invalid', `${name} must be a whole number from 1 to ${MOST}.`)
  const elapsed = stopwatch()
  const subjects = await subjectsOf(engine, readBy)
  const results: T[] = []
  const keys = new Set<string>()
  const counts = { asked: 0, withheld: 0, rounds: 0 }
  let exhausted = false
  let offset = 0
  let limit = Math.min(k + 10, MOST)
  while (results.length < k && !exhausted && counts.rounds < mostRounds) {
    const page = await search({ offset, limit })
    counts.rounds += 1
    // A short page is not an end: indexes of approximate search return what they looked at.
    exhausted = page.length === 0
    offset += page.length
    limit = Math.min(limit * 2, MOST)
    const fresh = keyOf ? page.filter((result) => isNew(keys, keyOf(result))) : page
    const ids = fresh.map(idOf)
    const visible = await visibleTo(engine, { subjects, type, relation, ids })
    const shown = fresh.filter((_, at) => visible.has(ids[at] as string))
    counts.asked += fresh.length
    counts.withheld += fresh.length - shown.length
    results.push(...shown.slice(0, k - results.length))
  }
  const metrics = { ...counts, returned: results.length, microseconds: elapsed() }
  observe?.(metrics)
  return { results, exhausted, ...metrics }
}

function isNew(keys: Set<string>, key: string): boolean {
  if (keys.has(key)) return false
  keys.add(key)
  return true
}
