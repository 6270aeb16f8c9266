// What a restore ends here, and what an export need not hold. The newest entry always stays: positions never go back.
import type { Transaction } from '../database/index.ts'

interface ReplicaTables {
  replicas: { id: string }
}

/** Not in an export. */
export const changesTransient = [
  { table: 'replicas' },
  { table: 'changes', keeping: 'position = (select max(position) from changes)' },
]

/** Leases of replicas that ran on the database of before: nobody would ever acknowledge for them. */
export async function forgetReplicas(tx: Transaction): Promise<void> {
  await tx.sql<ReplicaTables>().deleteFrom('replicas').execute()
}
