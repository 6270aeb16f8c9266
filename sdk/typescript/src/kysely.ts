// A condition as a Kysely expression.
import { type RawBuilder, sql } from 'kysely'
import type { Sql } from './sql.ts'

/** For `where(…)`; Kysely numbers the parameters itself. */
export function expression({ text, values }: Sql): RawBuilder<boolean> {
  const pieces = text.split(/\$\d+/)
  if (pieces.length !== values.length + 1) throw new Error('every parameter must stand in the text once')
  return sql<boolean>(Object.assign([...pieces], { raw: pieces }), ...values)
}
