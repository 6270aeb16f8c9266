// Pages as OpenFGA has them: an opaque token that says where the last page ended.
import { z } from 'zod'
import { Refusal } from './problems.ts'

export const tokenAfter = (last: unknown): string => Buffer.from(JSON.stringify(last)).toString('base64url')

/** Where the page before ended; undefined for the first page. Throws `invalid_continuation_token`. */
export function readToken<T extends z.ZodType>(schema: T, token: string): z.output<T> | undefined {
  if (token === '') return undefined
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()))
  } catch {
    throw new Refusal('invalid_continuation_token', 'Invalid continuation token')
  }
}

/** `rows` holds one more than the page when there is a next one. */
export function page<T>(rows: readonly T[], size: number, keyOf: (row: T) => unknown) {
  const items = rows.slice(0, size)
  const last = items.at(-1)
  return { items, continuation_token: rows.length > size && last !== undefined ? tokenAfter(keyOf(last)) : '' }
}

export const LastId = z.string().max(26)
