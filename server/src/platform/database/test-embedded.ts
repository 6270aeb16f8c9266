// An embedded database in memory for tests that want no other, whatever server is there.
import { appendChanges } from '../changes/log.ts'
import type { Database } from './database.ts'
import { type MigrationSource, readMigrations } from './migrations.ts'
import { openPglite } from './pglite.ts'
import { imageOf } from './test-image.ts'

/** The platform's own tables: the change log, replicas and revocations. */
export const CHANGE_LOG: MigrationSource = {
  room: 'changes',
  folder: new URL('../changes/migrations/', import.meta.url),
}

/** A fresh database with the migrations applied, in order; gone after its `close`. */
export const embeddedDatabase = async (migrations: readonly MigrationSource[] = []): Promise<Database> =>
  openPglite({ append: appendChanges, image: await imageOf(readMigrations(migrations)) })
