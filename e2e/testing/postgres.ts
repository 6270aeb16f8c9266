// A database of its own on the PostgreSQL server that TEST_DATABASE_URL names.
import { randomBytes } from 'node:crypto'
import pg from 'pg'

export interface FreshDatabase {
  url: string
  drop(): Promise<void>
}

/** Undefined where no server is named: then only the embedded database is tested. */
export const postgresServer = (): string | undefined => process.env.TEST_DATABASE_URL || undefined

export async function freshDatabase(server: string): Promise<FreshDatabase> {
  const name = `mandate_e2e_${randomBytes(6).toString('hex')}`
  await onPostgres(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: async () => void (await onPostgres(server, `drop database if exists ${name} with (force)`)),
  }
}

/** One statement on a connection of its own. */
export async function onPostgres(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'e2e' })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}
