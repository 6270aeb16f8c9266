// A copy of the embedded database while it is open: taken while nobody else has the connection, read by another process.
import { constants } from 'node:fs'
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from './database.ts'
import { lockFolder } from './folder-lock.ts'
import { DATABASE } from './folder-swap.ts'

const PREFIX = `${DATABASE}.copy-`
const UNCLAIMED_MS = 60_000

/**
 * Copies the database of `dataDir` into a data folder of its own inside it, and returns that folder. The connection is held
 * for as long as the files take, so that none of them changes; where the file system can, they are copied by reference.
 */
export async function copyFolder(database: Database, dataDir: string): Promise<string> {
  const folder = await mkdtemp(join(dataDir, PREFIX))
  try {
    await database.connected(async (connection) => {
      await connection.query('checkpoint')
      const how = { recursive: true, mode: constants.COPYFILE_FICLONE }
      await cp(join(dataDir, DATABASE), join(folder, DATABASE), how)
    })
    return folder
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Removes copies that nobody holds and nobody is about to take. `now`: milliseconds since the epoch. */
export async function removeCopies(dataDir: string, now: number): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const folder = join(dataDir, name)
    if (!name.startsWith(PREFIX)) continue
    const { mtimeMs } = await stat(folder)
    if (now - mtimeMs > UNCLAIMED_MS && isUnheld(folder)) await rm(folder, { recursive: true, force: true })
  }
}

// Its reader holds it as every process holds its data folder.
function isUnheld(folder: string): boolean {
  try {
    lockFolder(folder)()
    return true
  } catch {
    return false
  }
}
