// One pass of the sequencer: committed entries get their leaves, the tree grows, a checkpoint is signed; all or nothing.
import {
  append,
  deserialiseFrontier,
  entryHash,
  type Frontier,
  rootOf,
  serialiseFrontier,
  signCheckpoint,
} from '@mandate/contract/log'
import type { Transaction } from '../platform/database/index.ts'
import type { LogSigner } from './log-key.ts'
import { electSequencer, giveLeaves, growTree, insertCheckpoint, listUnsequenced, readTree } from './store.ts'

export interface Pass {
  /** Entries given a leaf; 0 also when another replica is at it. */
  appended: number
  /** Whether entries were left over. */
  more: boolean
}

/** Appends at most `limit` entries. `now`: milliseconds since the epoch. */
export async function sequence(
  tx: Transaction,
  { signer, now, limit }: { signer: LogSigner; now: number; limit: number },
): Promise<Pass> {
  if (!(await electSequencer(tx))) return { appended: 0, more: false }
  const tree = await readTree(tx)
  const entries = await listUnsequenced(tx, limit)
  if (entries.length === 0 && tree.signed) return { appended: 0, more: false }

  const before = deserialiseFrontier(tree.frontier)
  if (before.size !== tree.size) throw new Error('the tree of the audit log does not have the size it says')
  const after = append(
    before,
    entries.map(({ entry }) => entryHash(entry)),
  )
  if (entries.length > 0)
    await grow(
      tx,
      entries.map(({ id }) => id),
      before,
      after,
    )
  await insertCheckpoint(tx, {
    size: after.size,
    note: signCheckpoint({ origin: signer.name, size: after.size, root: rootOf(after) }, signer.privateKey),
    at: new Date(now),
    epoch: tree.epoch,
  })
  return { appended: entries.length, more: entries.length === limit }
}

// The lock lets one in at a time; a restored or forked database is still refused here, before two leaves share a place.
async function grow(
  tx: Transaction,
  ids: Parameters<typeof giveLeaves>[1],
  before: Frontier,
  after: Frontier,
): Promise<void> {
  const given = await giveLeaves(tx, ids, before.size)
  const grown = await growTree(tx, before.size, { size: after.size, frontier: serialiseFrontier(after) })
  if (given !== ids.length || !grown) throw new Error('the audit log changed under its sequencer')
}
