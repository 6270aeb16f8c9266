// What was tried, by whom for whom, and how it ended. The door for other rooms.
export type { Accountable } from './entry.ts'
export { beginEpoch, logStanding, type Restored } from './epoch.ts'
export { type LogSigner, loadLogKey, verifierKeyOf } from './log-key.ts'
export { promptly } from './promptly.ts'
export { type AuditRecorder, createRecorder, type RecorderOptions } from './recorder.ts'
export { auditRoutes } from './routes.ts'
export { Sequencer, type SequencerOptions } from './sequencer.ts'
export const auditSealed = [{ table: 'audit_keys', id: 'id', column: 'sealed' }]
export const auditMigrations = { room: 'audit', folder: new URL('./migrations/', import.meta.url) }
