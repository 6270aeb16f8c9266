// The database: embedded or shared, reached through transactions only.
export type { Connection, Database, NewChange, QueryResult, Transaction } from './database.ts'
export { FolderHeld } from './folder-lock.ts'
export { type MigrationSource, migrate, readMigrations } from './migrations.ts'
export { type DatabaseOptions, openDatabase } from './open.ts'
export { TransactionEnded } from './single-connection.ts'
