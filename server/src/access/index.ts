// What agents may do, and who may administer. The door for other rooms.
export { askedTerms } from './asked.ts'
export type { Decide } from './decide.ts'
export { MANAGEMENT_SCOPES, rolesCover } from './management.ts'
export { endOf, grantsAnything, type ManagedConnections, modeOf, type Target } from './model.ts'
export { accessRoom } from './room.ts'
