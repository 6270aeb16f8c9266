// A restored log goes on from an older state than it has shown. It says so itself, in its first entry after that.
import { newId } from '../kernel/ids.ts'
import type { Restored } from '../platform/archive/index.ts'
import type { Transaction } from '../platform/database/index.ts'
import { restoredEntry } from './entry.ts'
import { rowOf } from './row.ts'
import { insertEvents, nextEpoch, readTree } from './store.ts'

/** The next epoch of the log, and the entry that tells of it. */
export async function beginEpoch(tx: Transaction, { now, madeAt, archive }: Restored): Promise<void> {
  const { epoch, size } = await nextEpoch(tx)
  const entry = restoredEntry({ id: newId('event', now), at: now }, { epoch, archive, made_at: madeAt, log_size: size })
  await insertEvents(tx, [rowOf(entry)])
}

/** Size and epoch of the log, for the head of an archive. */
export async function logStanding(tx: Transaction): Promise<{ size: number; epoch: number }> {
  const { size, epoch } = await readTree(tx)
  return { size, epoch }
}
