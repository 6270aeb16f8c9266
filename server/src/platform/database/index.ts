// The database: embedded or shared, reached through transactions only.
export type { Connection, Database, NewChange, QueryResult, Transaction } from './database.ts'
export { copyFolder, removeCopies } from './folder-copy.ts'
export { FolderHeld, lockFolder } from './folder-lock.ts'
export { isThere, placeToBuild, stopBuilding, swapIn } from './folder-swap.ts'
export {
  applyMissing,
  lockMigrations,
  type Migration,
  type MigrationSource,
  migrate,
  readMigrations,
} from './migrations.ts'
export { type DatabaseOptions, openDatabase } from './open.ts'
export { openPglite } from './pglite.ts'
export { TransactionEnded } from './single-connection.ts'
export type { AppendChanges } from './transactions.ts'
export { inWhole, type Whole } from './whole.ts'
