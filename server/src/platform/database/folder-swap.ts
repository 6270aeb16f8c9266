// Putting a database that was built aside in the place of the one that is there: whole or not at all, whenever we die.
import { existsSync, renameSync } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Folder of the embedded database, within the data folder. */
export const DATABASE = 'database'
const BUILDING = 'database.building'
// A folder of this name is complete and on disk. Giving it this name is the moment from which on the swap counts.
const READY = 'database.ready'

/** An empty place to build in; what an earlier attempt left there is gone. The caller holds the folder's lock. */
export async function placeToBuild(dataDir: string, suffix: string): Promise<string> {
  finishSwap(dataDir, suffix)
  const folder = join(dataDir, BUILDING)
  await rm(folder, { recursive: true, force: true })
  return folder
}

/** Makes what was built the database; returns the folder that the one of before is kept in, if there was one. */
export async function swapIn(dataDir: string, suffix: string): Promise<string | undefined> {
  // The embedded database leaves fsync to us: its new files must be on disk before they count.
  await toDisk(join(dataDir, BUILDING))
  renameSync(join(dataDir, BUILDING), join(dataDir, READY))
  await flush(dataDir)
  const kept = finishSwap(dataDir, suffix)
  await flush(dataDir)
  return kept
}

/** Gives up what was being built. */
export const stopBuilding = (dataDir: string): Promise<void> =>
  rm(join(dataDir, BUILDING), { recursive: true, force: true })

/** Whether there is a database, be it one that a dead process did not put into its place any more. */
export const isThere = (dataDir: string): boolean => [DATABASE, READY].some((name) => existsSync(join(dataDir, name)))

/** Ends a swap that a dead process began; for whoever takes the folder. */
export function finishSwap(dataDir: string, suffix: string): string | undefined {
  if (!existsSync(join(dataDir, READY))) return undefined
  let kept: string | undefined
  if (existsSync(join(dataDir, DATABASE))) {
    kept = freeName(join(dataDir, `${DATABASE}.before-${suffix}`))
    renameSync(join(dataDir, DATABASE), kept)
  }
  renameSync(join(dataDir, READY), join(dataDir, DATABASE))
  return kept
}

function freeName(wanted: string): string {
  let name = wanted
  for (let n = 2; existsSync(name); n++) name = `${wanted}-${n}`
  return name
}

async function toDisk(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries)
    if (entry.isFile() || entry.isDirectory()) await flush(join(entry.parentPath, entry.name))
  await flush(folder)
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}
