// The authorization server. The door for compose.
export { authenticator } from './authenticate.ts'
export { bootstrapClient } from './bootstrap.ts'
export { followClients } from './clients.ts'
export { endIssued } from './epoch.ts'
export { loadKeys } from './keys.ts'
export { endGrants } from './oidc-store.ts'
export { trimIssued } from './retention.ts'
export { oauthRoutes } from './routes.ts'
export { authorizationServer } from './server.ts'
export { tokenVerifier } from './verify.ts'
export const oauthSealed = [{ table: 'signing_keys', id: 'kid', column: 'sealed' }]
/** Not in an export. */
export const oauthTransient = [{ table: 'oidc_entities' }, { table: 'grant_sessions' }]
export const oauthMigrations = { room: 'oauth', folder: new URL('./migrations/', import.meta.url) }
