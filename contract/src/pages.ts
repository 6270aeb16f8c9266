// Lists are pages: `?limit=&cursor=` in, `{items, next_cursor}` out (CONTRACT §3).
import { z } from 'zod'

export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** Opaque; the `next_cursor` of the page before. */
  cursor: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be the next_cursor of the page before')
    .optional(),
})

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() })

/** `rows` holds one more than the page when there is a next one; ids sort in the order of the list. */
export function page<T extends { id: string }>(rows: T[], limit: number): { items: T[]; next_cursor: string | null } {
  const items = rows.slice(0, limit)
  return { items, next_cursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}
