// A copy of the embedded database, for the command that makes an archive of it.
import { z } from 'zod'
import { operation } from '../../pipeline/index.ts'
import { copyFolder, type Database, removeCopies } from '../../platform/database/index.ts'

export const copyDatabase = ({ database, dataDir }: { database: Database; dataDir: string }) =>
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
      return { folder: await copyFolder(database, dataDir) }
    },
  })
