// Visible ids as filters of a vector store's metadata, in pieces that stores take, and the results put together again.
import { Refused } from './refusals.ts'

export type MetadataFilter = Readonly<Record<string, { readonly $in: readonly string[] }>>

/**
 * Filters that together let through exactly `ids`. None for no ids: a search without a filter would find everything, so
 * no filter means no search.
 */
export function metadataFilters(
  ids: readonly string[],
  { field, atOnce = 500 }: { field: string; atOnce?: number },
): MetadataFilter[] {
  if (!Number.isInteger(atOnce) || atOnce < 1) throw new Refused('invalid', 'atOnce must be 1 or more.')
  const distinct = [...new Set(ids)]
  const filters: MetadataFilter[] = []
  for (let at = 0; at < distinct.length; at += atOnce)
    filters.push({ [field]: { $in: distinct.slice(at, at + atOnce) } })
  return filters
}

/** Searches once per filter and keeps the best k of all. Throws where a result is not of its filter. */
export async function searchEach<T>(
  filters: readonly MetadataFilter[],
  { search, k, idOf, scoreOf, best }: SearchEach<T>,
): Promise<T[]> {
  if (!Number.isInteger(k) || k < 1) throw new Refused('invalid', 'k must be a whole number from 1 on.')
  const found: T[] = []
  for (const filter of filters) {
    const allowed = new Set(Object.values(filter).flatMap(({ $in }) => $in))
    const results = await search(filter, k)
    // Stores leave out what they do not understand of a filter, and then return anything.
    if (!results.every((result) => allowed.has(idOf(result))))
      throw new Refused('invalid', 'The store returned what its filter does not let through.')
    found.push(...results)
  }
  const sign = best === 'highest' ? -1 : 1
  return found.sort((one, other) => sign * (scoreOf(one) - scoreOf(other))).slice(0, k)
}

interface SearchEach<T> {
  search(filter: MetadataFilter, k: number): Promise<readonly T[]>
  k: number
  /** Id of the object that a result is judged by, as it stands in the filter. */
  idOf(result: T): string
  scoreOf(result: T): number
  /** `lowest` where scores are distances. */
  best: 'highest' | 'lowest'
}
