// Putting an archive into a schema that has nothing in it: its own migrations, its rows, then what came after them.
import { applyMissing, type Connection, type Migration } from '../database/index.ts'
import { type ForeignKey, listForeignKeys, listTables, listTriggers, mustKnow, quoted, type Table } from './catalog.ts'
import type { Header } from './format.ts'
import { ArchiveRefused } from './refusal.ts'

export interface LoadPlan {
  header: Header
  /** Rows in the archive's order, in batches of one table each. */
  rows(): AsyncIterable<{ table: string; rows: readonly string[] }>
  migrations: readonly Migration[]
  say(line: string): void
}

/** Inside the caller's transaction, on an empty schema. */
export async function load(connection: Connection, { header, rows, migrations, say }: LoadPlan): Promise<void> {
  mustKnow(header.migrations, migrations, 'this archive is')
  const listed = new Set(header.migrations.map(({ room, name }) => `${room}/${name}`))
  await applyMissing(
    connection,
    migrations.filter(({ room, name }) => listed.has(`${room}/${name}`)),
  )
  const tables = new Map((await listTables(connection)).map((table) => [table.name, table]))
  for (const archived of header.tables) mustFit(archived, tables.get(archived.name))
  // What a migration wrote is judged now: a table with checks that are put off cannot be altered.
  await connection.script('set constraints all immediate')
  const foreignKeys = await listForeignKeys(connection)
  const triggers = await listTriggers(connection)
  // Without them rows may come in any order; put back below, they judge every row.
  for (const { table, name } of foreignKeys)
    await connection.script(`alter table ${quoted(table)} drop constraint ${quoted(name)}`)
  // What a trigger does was done when the row was written. What a migration put into a table is in the archive if it
  // was still there.
  for (const { table, name } of triggers)
    await connection.script(`alter table ${quoted(table)} disable trigger ${quoted(name)}`)
  for (const { name } of header.tables) await connection.script(`delete from ${quoted(name)}`)
  const counts = new Map<string, number>()
  for await (const batch of rows()) {
    const table = tables.get(batch.table)
    if (!table) throw new ArchiveRefused(`the archive holds rows of ${batch.table}, which it does not announce`)
    counts.set(table.name, (counts.get(table.name) ?? 0) + (await insert(connection, table, batch.rows)))
  }
  for (const [table, count] of counts) say(`  ${table}: ${count}`)
  await setSequences(connection, header.sequences)
  for (const { table, name, enabling } of triggers)
    await connection.script(`alter table ${quoted(table)} ${enabling} trigger ${quoted(name)}`)
  for (const key of foreignKeys) await putBack(connection, key)
  await applyMissing(connection, migrations)
}

function mustFit({ name, columns }: Header['tables'][number], table: Table | undefined): void {
  const here = new Set(table?.columns.map((column) => column.name))
  if (here.size !== columns.length || !columns.every((column) => here.has(column)))
    throw new ArchiveRefused(`the archive's table ${name} does not have the columns that its migrations make`)
  // In the archive's order: an insert names its columns one by one.
  table?.columns.sort((one, other) => columns.indexOf(one.name) - columns.indexOf(other.name))
}

async function insert(connection: Connection, { name, columns }: Table, rows: readonly string[]): Promise<number> {
  const names = columns.map((column) => quoted(column.name)).join(', ')
  const values = columns.map(({ type }, at) => `(row ->> ${at})::${type}`).join(', ')
  const { affected } = await connection.query(
    `insert into ${quoted(name)} (${names}) overriding system value
     select ${values} from jsonb_array_elements($1::text::jsonb) as given (row)`,
    [`[${rows.join(',')}]`],
  )
  if (affected !== rows.length) throw new Error(`${rows.length - affected} rows of ${name} were not taken`)
  return affected
}

async function setSequences(connection: Connection, sequences: Header['sequences']): Promise<void> {
  for (const { table, column, last, called } of sequences)
    await connection.query('select setval(pg_get_serial_sequence($1, $2), $3::text::bigint, $4)', [
      quoted(table),
      column,
      last,
      called,
    ])
}

async function putBack(connection: Connection, { table, name, definition }: ForeignKey): Promise<void> {
  await connection
    .script(`alter table ${quoted(table)} add constraint ${quoted(name)} ${definition}`)
    .catch((cause) => {
      throw new ArchiveRefused(`rows of ${table} in the archive name others that are not in it (${name})`, { cause })
    })
}
