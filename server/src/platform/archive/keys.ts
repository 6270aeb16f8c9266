// Which master keys an archive needs: those that its values are sealed with, and the one that seals its digest.
import type { Connection } from '../database/index.ts'
import { localKeys, type MasterKeys, MasterKeyUnusable, type SealedColumn, type Sealing } from '../sealing/index.ts'
import { listTables, quoted } from './catalog.ts'
import { type Header, sealPlace, type Trailer } from './format.ts'
import { ArchiveRefused } from './refusal.ts'

/** What the header says of keys. Refuses keys that could not open what is stored: such an archive would be no use. */
export async function keysInUse(
  connection: Connection,
  columns: readonly SealedColumn[],
  master: MasterKeys,
): Promise<Header['master_key']> {
  const { rows } = await connection.query('select fingerprint from master_key')
  const fingerprint = String(rows[0]?.fingerprint ?? '')
  const ids = new Set<string>()
  // An older schema may not have all of them yet.
  const there = new Set((await listTables(connection)).map(({ name }) => name))
  for (const { table, column } of columns.filter(({ table }) => there.has(table))) {
    const { rows: used } = await connection.query(
      `select distinct split_part(${quoted(column)}, '.', 2) as id from ${quoted(table)}`,
    )
    for (const { id } of used) ids.add(id as string)
  }
  const needed = { fingerprint, key_ids: [...ids].sort() }
  if (!opens(master, needed))
    throw new MasterKeyUnusable(
      'the master key is not the one this database was sealed with; set the one that the server has',
    )
  return needed
}

/** Refuses an archive whose secrets these keys do not open, or that nobody with these keys made. */
export async function mustOpen(
  { header, end }: { header: Header; end: Trailer },
  master: MasterKeys,
  sealing: Sealing,
): Promise<void> {
  if (!opens(master, header.master_key))
    throw new MasterKeyUnusable(
      'the archive was sealed under another master key; set that one (MANDATE_MASTER_KEY, MANDATE_MASTER_KEY_FILE or master.key in the data folder) and try again',
    )
  const sealed = await sealing.open(end.seal, sealPlace(header)).catch(() => undefined)
  if (sealed?.toString('utf8') !== end.sha256)
    throw new ArchiveRefused('the archive was altered after it was made; nothing was changed. Use another archive')
}

function opens({ keys }: MasterKeys, { fingerprint, key_ids }: Header['master_key']): boolean {
  const held = keys.map((key) => localKeys([key]))
  return (
    held.some((key) => key.fingerprint() === fingerprint) && key_ids.every((id) => held.some((key) => key.keyId === id))
  )
}
