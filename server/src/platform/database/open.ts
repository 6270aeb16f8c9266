// Opens the database the settings name: PostgreSQL with a URL, otherwise the embedded one in the data folder.
import { join } from 'node:path'
import type { Database } from './database.ts'
import { lockFolder } from './folder-lock.ts'
import { closeToOthers } from './folder-modes.ts'
import { DATABASE, finishSwap } from './folder-swap.ts'
import { openPglite } from './pglite.ts'
import { openPostgres } from './postgres.ts'
import type { AppendChanges } from './transactions.ts'

export interface DatabaseOptions {
  url?: string
  /** Folder of the embedded database; in memory when neither this nor `url` is given. */
  dataDir?: string
  append: AppendChanges
  onError: (error: Error) => void
}

export async function openDatabase({ url, dataDir, append, onError }: DatabaseOptions): Promise<Database> {
  if (url !== undefined) return openPostgres({ url, append, onError })
  if (dataDir === undefined) return openPglite({ append })
  const unlock = lockFolder(dataDir)
  try {
    finishSwap(dataDir, `${Date.now()}`)
    const database = await openPglite({ dataDir: join(dataDir, DATABASE), append })
    closeToOthers(dataDir)
    return {
      ...database,
      async close() {
        await database.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}
