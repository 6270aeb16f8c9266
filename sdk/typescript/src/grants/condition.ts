// The grants as a condition: for a query that knows its readers, and for row-level security that is told them.
import type { Engine } from '../engine.ts'
import { type ReadBy, subjectsOf } from '../readers.ts'
import { Refused } from '../refusals.ts'
import { literal, mustBePlace, quoted, type Sql } from '../sql.ts'
import type { Followed } from './sync.ts'

export interface GrantsAsked extends ReadBy, Followed {
  /** Column of type text that holds the object's id. */
  column: string
  /** How old the grants may be; when they are older, no row is let through. */
  maxAgeSeconds: number
  /** Number of the first parameter; 1 without it. */
  first?: number
}

/** Not `now()`, which stands still in a transaction: one that is held open would read grants of any age. */
const NOW = 'statement_timestamp()'
const READERS = "nullif(current_setting('mandate.readers', true), '')::jsonb"

/** Rows whose object every reader has the relation to, as of grants that are no older than `maxAgeSeconds`. */
export async function grantsCondition(engine: Engine, asked: GrantsAsked): Promise<Sql> {
  const { type, relation, column, maxAgeSeconds, first = 1, ...readBy } = asked
  const subjects = await subjectsOf(engine, readBy)
  mustBeAge(maxAgeSeconds)
  mustBePlace(first)
  const at = (index: number) => `$${first + index}`
  return {
    text:
      `(${quoted(column)} in (select object_id from mandate_grants where subject = any(${at(0)}::text[])` +
      ` and relation = ${at(1)}::text and type = ${at(2)}::text group by object_id having count(*) = ${at(3)}::bigint)` +
      ` and exists (select from mandate_grants_state where store = ${at(4)}::text` +
      ` and synced_at > ${NOW} - make_interval(secs => ${at(5)}::double precision)))`,
    values: [subjects, relation, type, subjects.length, engine.store, maxAgeSeconds],
  }
}

/** Statements that make a table show, to those whom row security applies to, only what the readers set may see. */
export function rowSecurity(given: Followed & { table: string; column: string; maxAgeSeconds: number }): string[] {
  const { table, column, type, relation, maxAgeSeconds } = given
  mustBeAge(maxAgeSeconds)
  const on = quoted(table)
  return [
    `alter table ${on} enable row level security`,
    `create policy mandate_readers on ${on} for select using (
      ${quoted(column)} in (
        select object_id from mandate_grants
        where subject in (select jsonb_array_elements_text(${READERS}))
          and relation = ${literal(relation)} and type = ${literal(type)}
        group by object_id having count(*) = jsonb_array_length(${READERS}))
      and exists (
        select from mandate_grants_state where synced_at > ${NOW} - make_interval(secs => ${maxAgeSeconds})))`,
  ]
}

/** Says, until the transaction ends, who reads. Without it, row security lets nothing through. */
export async function setReaders(engine: Engine, readBy: ReadBy): Promise<Sql> {
  const subjects = await subjectsOf(engine, readBy)
  return { text: "select set_config('mandate.readers', $1, true)", values: [JSON.stringify(subjects)] }
}

function mustBeAge(seconds: number): void {
  if (!Number.isFinite(seconds) || seconds <= 0) throw new Refused('invalid', 'maxAgeSeconds must be more than 0.')
}
