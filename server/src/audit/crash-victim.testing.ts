// Run by crash.test.ts until it is killed: records in groups of 20 beside a sequencer that never rests, and prints the
// verifier key, then the id of every attempt it was told is durable.
import { generateKeyPairSync } from 'node:crypto'
import { systemClock as clock } from '../kernel/clock.ts'
import { appendChanges } from '../platform/changes/index.ts'
import { migrate, openDatabase, readMigrations } from '../platform/database/index.ts'
import { migrationsOf } from '../platform/stored-data.ts'
import { redact } from '../platform/telemetry/index.ts'
import { auditRoom } from './index.ts'
import { verifierKeyOf } from './log-key.ts'
import { createRecorder } from './recorder.ts'
import { Sequencer } from './sequencer.ts'
import { recorded } from './testing.ts'

const onError = (error: Error) => console.error(error)
const database = await openDatabase({ dataDir: process.argv[2] ?? '', append: appendChanges, onError })
await migrate(database, readMigrations([...migrationsOf([auditRoom])]))
const signer = { name: 'log', ...generateKeyPairSync('ed25519') }
const recorder = createRecorder({ database, clock, redact, accountable: () => [], onError })
const sequencer = new Sequencer({ database, clock, signer, onError })

async function forever(work: () => Promise<unknown>): Promise<never> {
  for (;;) await work()
}
const print = (...lines: string[]) => process.stdout.write(`${lines.join('\n')}\n`)

print(verifierKeyOf(signer))
void forever(() => sequencer.poke())
await forever(async () => {
  print(...(await Promise.all(Array.from({ length: 20 }, () => recorder.attempt(recorded())))))
})
