// Sealing: secrets at rest, each under its own key, bound to its place, useless without the master key.
export { type Custody, checkCustody, rewrapAll, type SealedColumn } from './custody.ts'
export { createSealing, type Sealing } from './envelope.ts'
export type { KeyManagement, WrappedKey } from './kms.ts'
export { localKeys } from './local.ts'
export { loadMasterKey, type MasterKeySettings, type MasterKeys, MasterKeyUnusable } from './master-key.ts'
export type { Place } from './place.ts'
export { SealBroken, type SealBrokenReason } from './seal-broken.ts'
