// One page of a list: an opaque cursor names the last record of the page before.
import { Refusal } from './refusal.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1_000

export interface Page<T> {
  items: T[]
  /** Of the whole list, not of this page. */
  total: number
  next_cursor: string | null
}

export function page<T extends { id: string }>(
  all: readonly T[],
  limit: string | null,
  cursor: string | null,
): Page<T> {
  const size = limit === null ? DEFAULT_LIMIT : Number(limit)
  if (!Number.isInteger(size) || size < 1 || size > MAX_LIMIT) {
    throw new Refusal(400, 'invalid_limit', `limit must be 1 to ${MAX_LIMIT}`)
  }
  const start = cursor === null ? 0 : all.findIndex(({ id }) => cursorAfter(id) === cursor) + 1
  if (cursor !== null && start === 0) throw new Refusal(400, 'invalid_cursor', 'this cursor is not of this list')
  const items = all.slice(start, start + size)
  const last = items.at(-1)
  return { items, total: all.length, next_cursor: last && start + size < all.length ? cursorAfter(last.id) : null }
}

const cursorAfter = (id: string): string => Buffer.from(`after:${id}`).toString('base64url')
