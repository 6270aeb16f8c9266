// Run by crash.test.ts until it is killed: records in groups of 20 beside a sequencer that never rests, and prints the
// verifier key, then the id of every attempt it was told is durable.
import { generateKeyPairSync } from 'node:crypto'
import { systemClock as clock } from '../kernel/clock.ts'
import { appendChanges } from '../platform/changes/index.ts'
import { migrate, openDatabase, readMigrations } from '../platform/database/index.ts'
import { redact } from '../platform/telemetry/index.ts'
import { auditMigrations, createRecorder, Sequencer, verifierKeyOf } from './index.ts'
import { recorded } from './testing.ts'

const onError = (error: Error) => console.error(error)
const database = await openDatabase({ dataDir: process.argv[2] ?? '', append: appendChanges, onError })
await migrate(database, readMigrations([auditMigrations]))
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
