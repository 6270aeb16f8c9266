// A list of objects in pages: a token says after which object the next one goes on, on whatever replica.
import { z } from 'zod'
import { type Assumed, type ObjectsQuestion, objectsAfter, objectsOf } from './answers.ts'
import type { InForce } from './in-force.ts'
import { readToken, tokenAfter } from './pages.ts'

const Last = z.object({ order: z.number().int(), name: z.string() })

interface Paging {
  page_size?: number
  continuation_token: string
}

const PAGE_SIZE = 1000

/** All of them, or a page where the question asks for one. */
export function pageOfObjects(
  by: InForce,
  { page_size, continuation_token, ...question }: ObjectsQuestion & Paging,
  assumed: Assumed,
): { objects: string[]; continuation_token?: string } {
  const list = ['list-objects', by.store.id, question.type, question.relation, question.user]
  const after = readToken(list, Last, continuation_token)
  if (page_size === undefined && !after) return { objects: objectsOf(by, question, assumed) }
  const { page, rest } = objectsAfter(by, question, { ...assumed, after, size: page_size ?? PAGE_SIZE })
  const last = page.at(-1)
  return { objects: page.map(({ name }) => name), continuation_token: last && rest > 0 ? tokenAfter(list, last) : '' }
}
