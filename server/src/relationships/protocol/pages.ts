// Pages as OpenFGA has them: an opaque token that says where the last page ended, and of which list.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Refusal } from './problems.ts'

/** What is paged: the operation, the store and whatever else the pages are pages of. */
export type List = readonly (string | undefined)[]

/** Bytes of the mark. It is no secret and guards nothing: a token only says where to go on. */
const MARK = 9

const Kept = z.tuple([z.string(), z.unknown()])

export function tokenAfter(list: List, last: unknown): string {
  const kept = JSON.stringify(last)
  return Buffer.from(JSON.stringify([markOf(list, kept), last])).toString('base64url')
}

/** Where the page before ended; undefined for the first page. Throws `invalid_continuation_token`, also of another list. */
export function readToken<T extends z.ZodType>(list: List, schema: T, token: string): z.output<T> | undefined {
  if (token === '') return undefined
  try {
    const bytes = Buffer.from(token, 'base64url')
    const [mark, last] = Kept.parse(JSON.parse(bytes.toString()))
    const untouched = bytes.toString('base64url') === token && mark === markOf(list, JSON.stringify(last))
    if (untouched) return schema.parse(last)
  } catch {
    // Whatever it is, it is not a token of ours.
  }
  throw new Refusal('invalid_continuation_token', 'Invalid continuation token')
}

// A token that was cut, altered or made for another list would go on somewhere else without saying so.
const markOf = (list: List, kept: string): string =>
  createHash('sha256')
    .update(JSON.stringify([list, kept]))
    .digest()
    .toString('base64url', 0, MARK)

/** `rows` holds one more than the page when there is a next one. */
export function page<T>(list: List, rows: readonly T[], { size, keyOf }: { size: number; keyOf: (row: T) => unknown }) {
  const items = rows.slice(0, size)
  const last = items.at(-1)
  return { items, continuation_token: rows.length > size && last !== undefined ? tokenAfter(list, keyOf(last)) : '' }
}

export const LastId = z.string().max(26)
