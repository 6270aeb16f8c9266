// What can be said of a room's data without opening the room: enough to migrate, back up, restore and re-wrap it.
import type { LeftOut } from './archive/left-out.ts'
import type { Restored } from './archive/restored.ts'
import type { MigrationSource, Transaction } from './database/index.ts'
import type { SealedColumn } from './sealing/sealed-column.ts'

export interface StoredData {
  /** The room's name. */
  name: string
  /** Folder of its migrations; undefined where it has no tables. */
  migrations: URL | undefined
  /** Columns that hold sealed values: re-wrapped when the master key changes, and opened by no archive without it. */
  sealed: readonly SealedColumn[]
  /** Tables that an export leaves out, because they matter to a running server only. */
  transient: readonly LeftOut[]
  /** Ends what a restore must not bring back, inside the transaction that loaded the archive. */
  restored(tx: Transaction, restored: Restored): Promise<void>
}

export const migrationsOf = (data: readonly StoredData[]): MigrationSource[] =>
  data.flatMap(({ name, migrations }) => (migrations ? [{ room: name, folder: migrations }] : []))
