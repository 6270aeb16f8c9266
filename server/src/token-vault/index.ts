// Other systems' credentials and people's accounts there, sealed and opened in the gateway. The door for other rooms.
export { tokenVaultRoom } from './room.ts'
export type { CredentialKeeping, OpenCredential, UseRefused } from './vault.ts'
