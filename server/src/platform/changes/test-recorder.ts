// A follower that remembers all it was told, for tests: its list must come out equal to the table.
import type { Change, Follower } from './index.ts'

export interface Recorder extends Follower {
  /** Every change known: those loaded, then those told. */
  seen: Change[]
  /** How often it was loaded. */
  loads: number
}

/** Follows `topics`; loads what the log still holds of them. */
export function recorder(topics: readonly string[]): Recorder {
  const follower: Recorder = {
    topics,
    seen: [],
    loads: 0,
    async load(tx) {
      const rows = await tx
        .sql<{ changes: Change }>()
        .selectFrom('changes')
        .select(['position', 'topic', 'key', 'body'])
        .where('topic', 'in', topics)
        .orderBy('position')
        .execute()
      return () => {
        follower.seen = rows
        follower.loads++
      }
    },
    apply: (change) => void follower.seen.push(change),
  }
  return follower
}
