// Loading an archive: judged whole first, then into a database of its own that takes its place in one step.
import { migrations, startEpoch } from '../archives.ts'
import type { Config } from '../config.ts'
import {
  type Archive,
  ArchiveRefused,
  emptyOut,
  isEmpty,
  load,
  mustBeUnused,
  mustKnow,
  mustOpen,
  openArchive,
} from '../platform/archive/index.ts'
import { appendChanges } from '../platform/changes/index.ts'
import {
  inWhole,
  isThere,
  lockFolder,
  lockMigrations,
  openDatabase,
  openPglite,
  placeToBuild,
  stopBuilding,
  swapIn,
  type Whole,
} from '../platform/database/index.ts'
import { openKeys } from './keys.ts'

export interface Loading {
  config: Config
  /** The archive's file. */
  path: string
  /** `import` only takes an empty place. */
  verb: 'restore' | 'import'
  /** Whether what a PostgreSQL database holds may be replaced. */
  replace: boolean
  /** Milliseconds since the epoch. */
  now: number
  say(line: string): void
}

export async function loadArchive(loading: Loading): Promise<void> {
  const { config, path, say } = loading
  const archive = await openArchive(path)
  const { master, sealing } = await openKeys(config)
  await mustOpen(archive, master, sealing)
  mustKnow(archive.header.migrations, migrations(), 'this archive is')
  const { kind, created_at, product } = archive.header
  say(`${path} is whole: ${kind} of ${created_at}, made by Mandate ${product}.`)
  if (config.database_url !== undefined) await intoShared(config.database_url, archive, loading)
  else await intoFolder(archive, loading)
  for (const line of afterwards(created_at)) say(line)
}

async function intoFolder(archive: Archive, { config, verb, now, say }: Loading): Promise<void> {
  const dataDir = config.data_dir
  const suffix = new Date(now).toISOString().replaceAll(':', '-')
  const unlock = lockFolder(dataDir)
  try {
    if (verb === 'import' && isThere(dataDir))
      throw new ArchiveRefused(
        `there is a database in ${dataDir} already; import takes an empty folder (MANDATE_DATA_DIR), restore replaces what is there`,
      )
    const database = await openPglite({ dataDir: await placeToBuild(dataDir, suffix), append: appendChanges })
    try {
      await inWhole(database, { mode: 'read committed', append: appendChanges }, (whole) =>
        fill(whole, archive, { now, say }),
      ).finally(() => database.close())
    } catch (error) {
      await stopBuilding(dataDir)
      throw error
    }
    const kept = await swapIn(dataDir, suffix)
    if (kept !== undefined) say(`The database of before is kept in ${kept}; remove it when you are sure.`)
  } finally {
    unlock()
  }
}

async function intoShared(url: string, archive: Archive, { verb, replace, now, say }: Loading): Promise<void> {
  const database = await openDatabase({ url, append: appendChanges, onError: (error) => process.emitWarning(error) })
  try {
    await inWhole(database, { mode: 'read committed', append: appendChanges }, async (whole) => {
      const { connection } = whole
      // A server that starts now waits here, and finds the new state or the old one.
      await lockMigrations(connection)
      await mustBeUnused(connection)
      if (!(await isEmpty(connection))) {
        if (verb === 'import') throw new ArchiveRefused('the database is not empty; import takes an empty one')
        if (!replace)
          throw new ArchiveRefused(
            'the database is not empty; give an empty one, or add --replace to replace what it holds for good',
          )
        await emptyOut(connection, migrations())
      }
      await fill(whole, archive, { now, say })
    })
  } finally {
    await database.close()
  }
}

async function fill({ connection, tx }: Whole, archive: Archive, { now, say }: Pick<Loading, 'now' | 'say'>) {
  const { header } = archive
  say('Rows loaded:')
  await load(connection, { header, rows: () => archive.rows(), migrations: migrations(), say })
  await startEpoch(tx, { now, madeAt: header.created_at, archive: header.kind })
}

const afterwards = (madeAt: string): string[] => [
  'Done. From now on this is the house as it was then, in a new epoch that the audit log records.',
  'Ended: every sign-in, every token and code, and every approval that was pending. People and agents sign in again.',
  `As they were at ${madeAt}, so look through them: agents that were suspended or retired since, people who were deactivated`,
  'since, consents and managed connections that were withdrawn since, and passwords and agent secrets that were changed since.',
]
