// Writing every row out as text, through a cursor over one snapshot, so that memory stays bounded.
import { createHash } from 'node:crypto'
import type { Connection, Migration } from '../database/index.ts'
import type { Sealing } from '../sealing/index.ts'
import {
  type Applied,
  listApplied,
  listIdentities,
  listTables,
  madeBy,
  mustKnow,
  quoted,
  type Table,
} from './catalog.ts'
import { type Header, headerLine, rowLine, sealPlace, trailerLine } from './format.ts'

import type { LeftOut } from './left-out.ts'
import { ArchiveRefused } from './refusal.ts'

export interface DumpPlan {
  header: Pick<Header, 'kind' | 'product' | 'created_at' | 'master_key' | 'audit' | 'migrations'>
  migrations: readonly Migration[]
  leftOut: readonly LeftOut[]
  sealing: Sealing
  /** Told what was written, for a person who waits. */
  say(line: string): void
}

const BATCH = 500

/** The migrations applied here. Refuses where there is no house, and the house of a later release. */
export async function mustBeOurs(connection: Connection, migrations: readonly Migration[]): Promise<Applied[]> {
  const applied = await listApplied(connection)
  if (applied.length === 0)
    throw new ArchiveRefused('the database holds no Mandate; set DATABASE_URL or MANDATE_DATA_DIR as the server has it')
  mustKnow(applied, migrations, 'this database is')
  return applied
}

/** The archive's text in pieces of whole lines. The snapshot must stay open until the last is taken. */
export async function* dump(connection: Connection, plan: DumpPlan): AsyncGenerator<string> {
  const ours = new Set(madeBy(plan.migrations).table)
  const tables = (await listTables(connection)).filter(({ name }) => ours.has(name) && name !== 'migrations')
  const digest = createHash('sha256')
  const taken = (text: string) => {
    digest.update(text)
    return text
  }
  yield taken(
    headerLine({
      ...plan.header,
      tables: tables.map(({ name, columns }) => ({ name, columns: columns.map((column) => column.name) })),
      sequences: await readSequences(connection, ours),
    }),
  )
  const counts: Record<string, number> = {}
  for (const table of tables) {
    let count = 0
    for await (const rows of readRows(connection, table, plan.leftOut)) {
      count += rows.length
      yield taken(rows.map((values) => rowLine(table.name, values)).join(''))
    }
    counts[table.name] = count
    if (count > 0) plan.say(`  ${table.name}: ${count}`)
  }
  const sha256 = digest.digest('hex')
  yield trailerLine({ counts, sha256, seal: await plan.sealing.seal(sha256, sealPlace(plan.header)) })
}

async function readSequences(connection: Connection, ours: ReadonlySet<string>) {
  const sequences: Header['sequences'] = []
  for (const { table, column, sequence } of await listIdentities(connection)) {
    if (!ours.has(table)) continue
    const { rows } = await connection.query(`select last_value::text as last, is_called as called from ${sequence}`)
    sequences.push({ table, column, last: String(rows[0]?.last), called: rows[0]?.called === true })
  }
  return sequences
}

// Every value as its type writes it, which is how COPY moves rows too: what JSON would lose (bytes, long integers, a JSON
// null beside no value) stays as it was.
async function* readRows(
  connection: Connection,
  { name, columns }: Table,
  leftOut: readonly LeftOut[],
): AsyncGenerator<string[]> {
  const left = leftOut.find(({ table }) => table === name)
  if (left && left.keeping === undefined) return
  const values = columns.map((column) => `${quoted(column.name)}::text`).join(', ')
  await connection.query(
    `declare archived no scroll cursor for select to_jsonb(array[${values}])::text as values from ${quoted(name)}
     ${left ? `where ${left.keeping}` : ''}`,
  )
  for (;;) {
    const { rows } = await connection.query(`fetch forward ${BATCH} from archived`)
    if (rows.length > 0) yield rows.map((row) => row.values as string)
    if (rows.length < BATCH) break
  }
  await connection.query('close archived')
}
