// Everything a house has stored, as someone reads it who got hold of the disk or of a dump.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { House } from './house.ts'
import { onPostgres } from './postgres.ts'

export interface StoredValue {
  /** `table.column`, or a file's path. */
  where: string
  bytes: Buffer
}

/** Every column of every table, and for the embedded database every file of the folder too. The house is stopped. */
export async function storedIn(house: House): Promise<StoredValue[]> {
  const url = house.databaseUrl
  if (url !== undefined) return columns((text) => onPostgres(url, text))
  const files = await filesBelow(join(house.folder, 'database'))
  const database = await PGlite.create(join(house.folder, 'database'))
  try {
    const rows = await columns(async (text) => (await database.query<Record<string, unknown>>(text)).rows)
    return [...rows, ...files]
  } finally {
    await database.close()
  }
}

type Query = (text: string) => Promise<Record<string, unknown>[]>

async function columns(query: Query): Promise<StoredValue[]> {
  const tables = await query(
    `select table_schema || '.' || table_name as name, quote_ident(table_schema) || '.' || quote_ident(table_name) as quoted
     from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  const stored: StoredValue[] = []
  for (const { name, quoted } of tables)
    for (const row of await query(`select * from ${quoted}`))
      for (const [column, value] of Object.entries(row))
        if (value !== null) stored.push({ where: `${name}.${column}`, bytes: bytesOf(value) })
  return stored
}

function bytesOf(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value)
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

async function filesBelow(folder: string): Promise<StoredValue[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(paths.map(async (path) => ({ where: path, bytes: await readFile(path) })))
}
