// SQL as text with numbered parameters; names are checked and quoted, values are never in the text.
import { Refused } from './refusals.ts'

export interface Sql {
  text: string
  values: unknown[]
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

/** `schema.table` or `table.column`, quoted. */
export function quoted(name: string): string {
  const parts = name.split('.')
  if (parts.length > 3 || !parts.every((part) => NAME.test(part)))
    throw new Refused('invalid', 'A name in SQL is made of letters, digits and _, and at most two dots.')
  return parts.map((part) => `"${part}"`).join('.')
}

/** A text as it stands in a statement that takes no parameters, such as `create policy`. */
export function literal(text: string): string {
  if (/[\\\0]/.test(text)) throw new Refused('invalid', 'The text cannot be written in SQL.')
  return `'${text.replaceAll("'", "''")}'`
}

/** Numbers of parameters stand in the text as they are. */
export function mustBePlace(first: unknown): void {
  if (!Number.isInteger(first) || Number(first) < 1)
    throw new Refused('invalid', 'The number of a parameter is a whole number from 1 on.')
}

/** The ids themselves as a condition: for sets that are small enough to be sent. */
export function idCondition({
  ids,
  column,
  first = 1,
}: {
  ids: readonly string[]
  column: string
  first?: number
}): Sql {
  mustBePlace(first)
  return { text: `${quoted(column)} = any($${first}::text[])`, values: [[...ids]] }
}

export interface Nearest {
  table: string
  /** Columns to return. */
  columns: readonly string[]
  /** Column of type `vector`. */
  embedding: string
  vector: readonly number[]
  /** Made with `first: 1`. */
  where: Sql
  limit: number
  offset?: number
}

/**
 * A pgvector search by cosine distance among the rows that `where` allows. With an hnsw or ivfflat index set
 * `hnsw.iterative_scan` (or `ivfflat.iterative_scan`) to `strict_order`, or the index looks at a few rows and filters those.
 */
export function nearest({ table, columns, embedding, vector, where, limit, offset = 0 }: Nearest): Sql {
  const at = where.values.length
  return {
    text:
      `select ${columns.map(quoted).join(', ')}, ${quoted(embedding)} <=> $${at + 1}::vector as distance ` +
      `from ${quoted(table)} where ${where.text} order by distance limit $${at + 2} offset $${at + 3}`,
    values: [...where.values, `[${vector.join(',')}]`, limit, offset],
  }
}
