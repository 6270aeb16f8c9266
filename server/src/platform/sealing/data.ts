// The fingerprint of the master key, which a restore leaves to the server that loads it.
import type { StoredData } from '../stored-data.ts'

export const sealingData: StoredData = {
  name: 'sealing',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [],
  transient: [],
  restored: async () => undefined,
}
