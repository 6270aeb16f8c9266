// Other systems' credentials and people's accounts there, sealed and opened in the gateway. The door for other rooms.
export { endAccountsOfBefore } from './account-store.ts'
export { type Accounts, connectedAccounts, trimAccounts } from './accounts.ts'
export { endEveryAttempt } from './attempt-store.ts'
export { logoutTarget, type RevokedAccount } from './revoke.ts'
export { tokenVaultRoutes } from './routes.ts'
export {
  type CredentialKeeping,
  credentialKeeping,
  type OpenCredential,
  tokenVault,
  type UseRefused,
} from './vault.ts'
export const tokenVaultSealed = [
  { table: 'held_credentials', id: 'connection', column: 'sealed' },
  { table: 'accounts', id: 'id', column: 'sealed' },
  { table: 'connect_attempts', id: 'state_hash', column: 'sealed' },
]
export const tokenVaultMigrations = { room: 'token-vault', folder: new URL('./migrations/', import.meta.url) }
