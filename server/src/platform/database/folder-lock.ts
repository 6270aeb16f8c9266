// One process per data folder: PGlite on a folder that two processes share silently loses acknowledged rows.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const SQLITE_BUSY = 5

// Kept here although nobody reads it: a connection that nothing refers to is collected, and its lock goes with it.
const held = new Set<DatabaseSync>()

export class FolderHeld extends Error {
  constructor(folder: string, holder: string) {
    super(
      `the data folder ${folder} is in use by ${holder}; stop that process or set MANDATE_DATA_DIR to another folder`,
    )
    this.name = 'FolderHeld'
  }
}

/**
 * Takes the folder for this process and says how to let it go. The lock is the operating system's own file lock,
 * held through SQLite's exclusive transaction: it dies with the process, however that ends, so none is ever stale.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const holderFile = join(folder, 'holder.json')
  const lock = new DatabaseSync(join(folder, 'lock.sqlite'))
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    throw new FolderHeld(folder, describeHolder(holderFile))
  }
  writeFileSync(holderFile, JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }))
  held.add(lock)
  return () => {
    held.delete(lock)
    lock.close()
  }
}

function describeHolder(file: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(file, 'utf8'))
    return `process ${pid} on ${host} since ${since}`
  } catch {
    return 'another process'
  }
}
