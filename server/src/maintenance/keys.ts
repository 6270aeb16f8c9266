// The master key as the server has it. No command ever makes one: what it would open is sealed under another already.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { createSealing, loadMasterKey, localKeys, type MasterKeys, type Sealing } from '../platform/sealing/index.ts'

export async function openKeys(config: Config): Promise<{ master: MasterKeys; sealing: Sealing }> {
  const master = await loadMasterKey({
    fromVariable: config.master_key,
    fromFile: config.master_key_file,
    others: config.master_keys_also,
    dataDir: config.data_dir,
    mayCreate: config.database_url === undefined && existsSync(join(config.data_dir, 'master.key')),
  })
  return { master, sealing: createSealing(localKeys(master.keys)) }
}
