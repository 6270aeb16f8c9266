// The change log: one ordered table, tailed by everything that is held in memory.
export { type Confirmation, type ConfirmationOptions, confirmed, type ReplicaState } from './confirmation.ts'
export { changesData } from './epoch.ts'
export type { Change, Follower } from './follower.ts'
export { appendChanges, newestPosition, REVOCATIONS_KEPT_SECONDS, trimChanges } from './log.ts'
export { type Place, PlaceLost, readOn } from './reading.ts'
export { followRevocations, type Revocations, revoke } from './revocations.ts'
export { Tail, type TailOptions } from './tail.ts'
