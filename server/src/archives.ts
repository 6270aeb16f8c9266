// What archives need to know of the rooms: their migrations, what is sealed, what is left out, and what a restore ends.
import type { LeftOut, Restored } from './platform/archive/index.ts'
import { type Migration, readMigrations, type Transaction } from './platform/database/index.ts'
import type { SealedColumn } from './platform/sealing/index.ts'
import { migrationsOf } from './platform/stored-data.ts'
import { DATA } from './rooms.ts'

export const migrations = (): Migration[] => readMigrations(migrationsOf(DATA))

/** Columns of sealed values: the master keys they name must be there before an archive is taken. */
export const SEALED: readonly SealedColumn[] = DATA.flatMap(({ sealed }) => sealed)

/** Tables that an export leaves out. */
export const TRANSIENT: readonly LeftOut[] = DATA.flatMap(({ transient }) => transient)

/**
 * Begins a new epoch, inside the transaction that loaded the archive: each room ends what a restore must not bring back.
 * Idempotency keys stay, because they keep acts from being done twice.
 */
export async function startEpoch(tx: Transaction, restored: Restored): Promise<void> {
  for (const { restored: end } of DATA) await end(tx, restored)
}
