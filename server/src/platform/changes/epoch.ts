// What a restore ends here, and what an export need not hold. The newest entry always stays: positions never go back.
import type { Transaction } from '../database/index.ts'
import type { StoredData } from '../stored-data.ts'

interface ReplicaTables {
  replicas: { id: string }
}

export const changesData: StoredData = {
  name: 'changes',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [],
  transient: [{ table: 'replicas' }, { table: 'changes', keeping: 'position = (select max(position) from changes)' }],
  restored: forgetReplicas,
}

/** Leases of replicas that ran on the database of before: nobody would ever acknowledge for them. */
async function forgetReplicas(tx: Transaction): Promise<void> {
  await tx.sql<ReplicaTables>().deleteFrom('replicas').execute()
}
