// A universal logout may put a connection on hold in its own transaction.
import type { ConnectionId } from '../kernel/ids.ts'
import type { Held } from '../pipeline/index.ts'
import type { Transaction } from '../platform/database/index.ts'
import { lockConnection, updateConnection } from './store.ts'

/** The reason and time of an earlier hold stay. */
export async function holdConnection(
  tx: Transaction,
  id: ConnectionId,
  { reason, at }: { reason: string; at: Date },
): Promise<Held> {
  const row = await lockConnection(tx, id)
  if (row && row.hold === null) await updateConnection(tx, id, { hold: { reason, since: at.toISOString() } })
  return { release: `POST /api/v1/connections/${id}/release` }
}
