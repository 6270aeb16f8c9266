// Which master key seals this database: a wrong one is refused at start, and a new one re-wraps everything while the
// house is open.
import type { Connection, Database } from '../database/index.ts'
import type { Sealing } from './envelope.ts'
import { localKeys } from './local.ts'
import { MasterKeyUnusable } from './master-key.ts'
import type { SealedColumn } from './sealed-column.ts'

export type Custody = 'current' | 'rotating'

/**
 * Compares the ring with the fingerprint that the database remembers. `rotating`: what it was sealed with is in the ring,
 * but is not the primary. Throws MasterKeyUnusable when the ring cannot open what is stored.
 */
export async function checkCustody(database: Database, ring: readonly Buffer[]): Promise<Custody> {
  const fingerprints = ring.map((key) => localKeys([key]).fingerprint())
  const primary = fingerprints[0] ?? ''
  const stored = await database.connected(async (connection) => {
    await connection.query('insert into master_key (fingerprint) values ($1) on conflict do nothing', [primary])
    const { rows } = await connection.query('select fingerprint from master_key')
    return String(rows[0]?.fingerprint)
  })
  if (stored === primary) return 'current'
  if (fingerprints.includes(stored)) return 'rotating'
  throw new MasterKeyUnusable(
    'the master key is not the one this database was sealed with; set that one, or name it in MANDATE_MASTER_KEYS_ALSO',
  )
}

const BATCH = 200

/** Re-wraps every sealed value under the primary key, then remembers that key; returns how many were re-wrapped. */
export async function rewrapAll(
  database: Database,
  { sealing, columns, fingerprint }: { sealing: Sealing; columns: readonly SealedColumn[]; fingerprint: string },
): Promise<number> {
  let count = 0
  for (const column of columns) count += await rewrapColumn(database, sealing, column)
  await database.connected((connection) =>
    connection.query('update master_key set fingerprint = $1, changed_at = now()', [fingerprint]),
  )
  return count
}

async function rewrapColumn(
  database: Database,
  sealing: Sealing,
  { table, id, column }: SealedColumn,
): Promise<number> {
  let count = 0
  let after = ''
  for (;;) {
    const rows = await database.connected((connection) => readBatch(connection, { table, id, column }, after))
    for (const row of rows) {
      const rewrapped = await sealing.rewrap(row.sealed, { table, id: row.id, column })
      if (rewrapped === undefined) continue
      // Only if it is still what was read: a value sealed meanwhile is under the new key already.
      const { affected } = await database.connected((connection) =>
        connection.query(`update ${table} set ${column} = $1 where ${id} = $2 and ${column} = $3`, [
          rewrapped,
          row.id,
          row.sealed,
        ]),
      )
      count += affected
    }
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) return count
    after = last.id
  }
}

async function readBatch(connection: Connection, { table, id, column }: SealedColumn, after: string) {
  const { rows } = await connection.query(
    `select ${id} as id, ${column} as sealed from ${table} where ${id} > $1 and ${column} is not null order by ${id} limit ${BATCH}`,
    [after],
  )
  return rows as { id: string; sealed: string }[]
}
