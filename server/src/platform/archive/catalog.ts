// What the database says of itself: tables, columns, identity columns, foreign keys; and which of it is ours.
import type { Connection, Migration } from '../database/index.ts'
import { ArchiveRefused } from './refusal.ts'

export interface Table {
  name: string
  columns: { name: string; type: string }[]
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

const HERE = '(select oid from pg_namespace where nspname = current_schema())'
const NOT_OF_AN_EXTENSION = `not exists (select 1 from pg_depend
  where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')`

/** Every table of the schema with the columns that can be written, by name. */
export async function listTables(connection: Connection): Promise<Table[]> {
  const { rows } = await connection.query(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = ${HERE} and c.relkind in ('r', 'p') and not c.relispartition and ${NOT_OF_AN_EXTENSION}
       and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     order by c.relname, a.attnum`,
  )
  const tables = new Map<string, Table>()
  for (const { table, column, type } of rows as Record<'table' | 'column' | 'type', string>[]) {
    const known = tables.get(table) ?? { name: table, columns: [] }
    known.columns.push({ name: column, type })
    tables.set(table, known)
  }
  return [...tables.values()]
}

export interface IdentityColumn {
  table: string
  column: string
  sequence: string
}

export async function listIdentities(connection: Connection): Promise<IdentityColumn[]> {
  const { rows } = await connection.query(
    `select c.relname as table, a.attname as column, d.objid::regclass::text as sequence
     from pg_depend d
     join pg_class s on s.oid = d.objid and s.relkind = 'S'
     join pg_class c on c.oid = d.refobjid and c.relnamespace = ${HERE}
     join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
     where d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i') and ${NOT_OF_AN_EXTENSION}
     order by 1, 2`,
  )
  return rows as unknown as IdentityColumn[]
}

export interface ForeignKey {
  table: string
  name: string
  definition: string
}

export async function listForeignKeys(connection: Connection): Promise<ForeignKey[]> {
  const { rows } = await connection.query(
    `select c.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.contype = 'f' and k.conparentid = 0 and c.relnamespace = ${HERE} and ${NOT_OF_AN_EXTENSION}
     order by 1, 2`,
  )
  return rows as unknown as ForeignKey[]
}

const ENABLING = { O: 'enable', A: 'enable always', R: 'enable replica' } as const

export interface Trigger {
  table: string
  name: string
  /** How it is put back after it was switched off. */
  enabling: (typeof ENABLING)[keyof typeof ENABLING]
}

/** Triggers that the migrations made, but for those that are switched off. */
export async function listTriggers(connection: Connection): Promise<Trigger[]> {
  const { rows } = await connection.query(
    `select c.relname as table, t.tgname as name, t.tgenabled::text as state
     from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where not t.tgisinternal and t.tgenabled <> 'D' and c.relnamespace = ${HERE} and ${NOT_OF_AN_EXTENSION}
     order by 1, 2`,
  )
  return (rows as { table: string; name: string; state: keyof typeof ENABLING }[]).map(({ table, name, state }) => ({
    ...{ table, name },
    enabling: ENABLING[state],
  }))
}

const MADE = /^\s*create\s+(?:or\s+replace\s+)?(table|function|type|view)\s+(?:if\s+not\s+exists\s+)?"?(\w+)"?/gim

/** Names of what the migrations make, and the table that remembers them. */
export function madeBy(migrations: readonly Migration[]): Record<'table' | 'function' | 'type' | 'view', string[]> {
  const made = { table: ['migrations'], function: [], type: [], view: [] } as ReturnType<typeof madeBy>
  for (const { text } of migrations)
    for (const [, kind = '', name = ''] of text.matchAll(MADE)) made[kind.toLowerCase() as keyof typeof made].push(name)
  return made
}

export interface Applied {
  room: string
  name: string
  checksum: string
}

/** The migrations applied here; none where there is no house yet. */
export async function listApplied(connection: Connection): Promise<Applied[]> {
  const tables = await listTables(connection)
  if (!tables.some(({ name }) => name === 'migrations')) return []
  const { rows } = await connection.query('select room, name, checksum from migrations order by room, name')
  return rows as unknown as Applied[]
}

/** Refuses migrations that this release does not have: only a later one knows what they made. */
export function mustKnow(applied: readonly Applied[], migrations: readonly Migration[], whose: string): void {
  const known = new Map(migrations.map(({ room, name, checksum }) => [`${room}/${name}`, checksum]))
  for (const { room, name, checksum } of applied)
    if (known.get(`${room}/${name}`) !== checksum)
      throw new ArchiveRefused(
        `${whose} of a release that this one does not know (migration ${room}/${name}); use the release it came from, or a later one`,
      )
}
