// Making an archive: of PostgreSQL directly, of the embedded database directly or, while a server has it, of a copy.
import { rm } from 'node:fs/promises'
import { migrations, SEALED, TRANSIENT } from '../archives.ts'
import { logStanding } from '../audit/index.ts'
import type { Config } from '../config.ts'
import { VERSION } from '../kernel/version.ts'
import {
  type ArchiveKind,
  ArchiveRefused,
  dump,
  keysInUse,
  mustBeFree,
  mustBeOurs,
  writeArchive,
} from '../platform/archive/index.ts'
import { appendChanges } from '../platform/changes/index.ts'
import { type Database, FolderHeld, inWhole, isThere, openDatabase } from '../platform/database/index.ts'
import { openKeys } from './keys.ts'
import { askForCopy } from './operator-client.ts'

export interface Making {
  config: Config
  /** The archive's file. */
  path: string
  kind: ArchiveKind
  /** Milliseconds since the epoch. */
  now: number
  say(line: string): void
  signal: AbortSignal
}

export async function makeArchive(making: Making): Promise<void> {
  const { config, path, say } = making
  await mustBeFree(path)
  if (config.database_url !== undefined) await archive(await open({ url: config.database_url }), making)
  else await archiveFolder(making)
  say(`${path} is complete.`)
  say('Keep the master key as well, in another place: without it nobody can restore this archive.')
}

async function archiveFolder(making: Making): Promise<void> {
  const { config, kind, say } = making
  if (!isThere(config.data_dir))
    throw new ArchiveRefused(`there is no database in ${config.data_dir}; set MANDATE_DATA_DIR as the server has it`)
  const database = await open({ dataDir: config.data_dir }).catch((error) => {
    if (error instanceof FolderHeld) return undefined
    throw error
  })
  if (database !== undefined) return archive(database, making)
  say('A server has the database; it is asked for a copy.')
  const copy = await askForCopy(config.data_dir, kind)
  try {
    await archive(await open({ dataDir: copy }), making)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

const open = (at: { url?: string; dataDir?: string }): Promise<Database> =>
  openDatabase({
    ...at,
    append: appendChanges,
    onError: (error) => process.emitWarning(error),
  })

async function archive(database: Database, { config, path, kind, now, say, signal }: Making): Promise<void> {
  try {
    const { master, sealing } = await openKeys(config)
    const known = migrations()
    const whole = { mode: 'repeatable read, read only', append: appendChanges } as const
    await inWhole(database, whole, async ({ connection, tx }) => {
      const applied = await mustBeOurs(connection, known)
      const header = {
        ...{ kind, product: VERSION, migrations: applied },
        created_at: new Date(now).toISOString(),
        master_key: await keysInUse(connection, SEALED, master),
        audit: await logStanding(tx),
      }
      const leftOut = kind === 'export' ? TRANSIENT : []
      say('Rows written:')
      await writeArchive(path, dump(connection, { header, migrations: known, leftOut, sealing, say }), signal)
    })
  } finally {
    await database.close()
  }
}
