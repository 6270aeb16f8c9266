// A copy of the embedded database, for the command that makes an archive of it.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { copyFolder, type Database, removeCopies } from '../../platform/database/index.ts'

export interface Copying {
  database: Database
  dataDir: string
  /** Catches up with the change log. */
  hear(): Promise<void>
}

export const copyDatabase = ({ database, dataDir, hear }: Copying) =>
  operation({
    id: 'operator.copy-database',
    summary: 'Copy the embedded database, to make an archive of the copy.',
    audit: 'act',
    input: z.strictObject({ archive: z.enum(['backup', 'export']) }),
    output: z.object({ folder: z.string() }),
    asks: () => [{ action: 'copy-database', resource: 'house' }],
    async reach({ now, note }, { archive }) {
      note({ archive })
      await removeCopies(dataDir, now)
      const folder = await copyFolder(database, dataDir)
      // Nobody heard the log meanwhile, and where it was not heard nothing is recorded: not even how this ended.
      await hear()
      return { folder }
    },
  })
