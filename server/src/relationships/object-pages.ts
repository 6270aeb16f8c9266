// A list of objects in pages: in an order that every replica has, so that a page goes on where the last one ended,
// whoever answers and whatever was written since.
import { z } from 'zod'
import { readToken, tokenAfter } from './pages.ts'

export interface Ordered {
  name: string
  order: number
}

const Last = z.object({ order: z.number().int(), name: z.string() })

const compare = (a: Ordered, b: Ordered): number =>
  a.order - b.order || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

export function pageOfObjects(
  objects: readonly Ordered[],
  { page_size, continuation_token }: { page_size?: number; continuation_token: string },
): { objects: string[]; continuation_token?: string } {
  const after = readToken(Last, continuation_token)
  if (page_size === undefined && !after) return { objects: objects.map(({ name }) => name) }
  const rest = (after ? objects.filter((object) => compare(object, after) > 0) : [...objects]).sort(compare)
  const page = rest.slice(0, page_size)
  const last = page.at(-1)
  return {
    objects: page.map(({ name }) => name),
    continuation_token: last && page.length < rest.length ? tokenAfter(last) : '',
  }
}
