// Other systems' credentials, held sealed and opened in the gateway. The door for other rooms.
export { type CredentialKeeping, credentialKeeping, type OpenCredential, tokenVault } from './vault.ts'
export const tokenVaultSealed = [{ table: 'held_credentials', id: 'connection', column: 'sealed' }]
export const tokenVaultMigrations = { room: 'token-vault', folder: new URL('./migrations/', import.meta.url) }
