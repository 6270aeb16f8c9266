// Who is here: sign-in and sessions. The door for other rooms.
export { bootstrapAdmin, makeSetupLink } from './first-admin.ts'
export type { Session, Sessions } from './model.ts'
export { passwordKeeping } from './passwords.ts'
export { trimSignIns } from './retention.ts'
export { ReturnTo } from './return-to.ts'
export { authenticationRoutes } from './routes.ts'
export { createSessions } from './sessions.ts'
export const authenticationMigrations = { room: 'authentication', folder: new URL('./migrations/', import.meta.url) }
