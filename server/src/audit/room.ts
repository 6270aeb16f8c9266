// What was tried, by whom for whom, and how it ended: as one value.
import { below, nothing, type Recorder, type Room } from '../pipeline/index.ts'
import type { Accountable } from './entry.ts'
import { beginEpoch } from './epoch.ts'
import { loadLogKey, verifierKeyOf } from './log-key.ts'
import { promptly } from './promptly.ts'
import { createRecorder } from './recorder.ts'
import { auditRoutes } from './routes.ts'
import { Sequencer } from './sequencer.ts'

export const auditRoom: Room<{ accountable: Accountable }, { recorder: Recorder }> = {
  name: 'audit',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [{ table: 'audit_keys', id: 'id', column: 'sealed' }],
  transient: [],
  restored: beginEpoch,
  async open({ issuer, database, sealing, clock, metrics, redact, onError, changes }, { accountable }) {
    const origin = below(issuer, '/audit/log').replace(/^https?:\/\//, '')
    const signer = await loadLogKey({ database, sealing, origin })
    const recorder = createRecorder({ database, clock, redact, accountable, onError })
    metrics.sampled('audit_pending', {}, () => recorder.pending())
    const sequencer = new Sequencer({ database, clock, signer, onError })
    return {
      door: { recorder: promptly(recorder, changes.assertFresh) },
      follows: [],
      routes: () => auditRoutes(verifierKeyOf(signer)),
      mount: nothing,
      jobs: [],
      trim: nothing,
      holds: undefined,
      start: () => sequencer.start(),
      drain: () => undefined,
      cutOff: nothing,
      async stop() {
        await recorder.stop()
        await sequencer.stop()
      },
    }
  },
}
