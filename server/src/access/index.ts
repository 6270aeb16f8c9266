// What agents may do, and who may administer. The door for other rooms.
export { askedTerms } from './asked.ts'
export { type Decide, decider } from './decide.ts'
export { followManagedConnections } from './managed-connections.ts'
export { MANAGEMENT_SCOPES, rolesCover } from './management.ts'
export { endOf, grantsAnything, type ManagedConnections, modeOf, type Target } from './model.ts'
export { accessRoutes } from './routes.ts'
export const accessMigrations = { room: 'access', folder: new URL('./migrations/', import.meta.url) }
