// What every room stands on, opened in order: telemetry, database, keys, the change log, jobs, the way out.
import { randomBytes } from 'node:crypto'
import type { Config } from './config.ts'
import { systemClock } from './kernel/clock.ts'
import { appendChanges, followRevocations, Tail } from './platform/changes/index.ts'
import { type MigrationSource, migrate, openDatabase, readMigrations } from './platform/database/index.ts'
import { createJobs } from './platform/jobs/index.ts'
import { createOutbound } from './platform/outbound/index.ts'
import { checkCustody, createSealing, loadMasterKey, localKeys } from './platform/sealing/index.ts'
import { createLogger, createMetrics, createTraces, redact } from './platform/telemetry/index.ts'

export const platformMigrations: readonly MigrationSource[] = [
  { room: 'changes', folder: new URL('./platform/changes/migrations/', import.meta.url) },
  { room: 'pipeline', folder: new URL('./pipeline/migrations/', import.meta.url) },
  { room: 'sealing', folder: new URL('./platform/sealing/migrations/', import.meta.url) },
]

// A house in memory keeps nothing, so its master key need not outlive it either.
const EPHEMERAL_KEY = randomBytes(32).toString('base64')

const ANSWER_MS = 60_000
const ANSWER_BYTES = 4 * 1024 * 1024

/** Opens the ground; `rooms` are the rooms' migrations. Everything opened is closed again if a later step fails. */
export async function openGround(config: Config, rooms: readonly MigrationSource[]) {
  const log = createLogger({ level: config.log_level })
  const onError = (error: unknown) => log.error(error as Error)
  const metrics = createMetrics({ processMetrics: config.data_dir !== '' })
  const traces = createTraces({ otlpEndpoint: config.otlp_endpoint, redact })
  const inMemory = config.data_dir === '' && config.database_url === undefined
  const master = await loadMasterKey({
    fromVariable: inMemory && config.master_key === undefined ? EPHEMERAL_KEY : config.master_key,
    fromFile: config.master_key_file,
    others: config.master_keys_also,
    dataDir: config.data_dir,
    mayCreate: config.database_url === undefined,
  })
  const database = await openDatabase({
    url: config.database_url,
    dataDir: inMemory ? undefined : config.data_dir,
    append: appendChanges,
    onError,
  })
  try {
    const applied = await migrate(database, readMigrations([...platformMigrations, ...rooms]))
    if (applied.length > 0) log.info({ migrations: applied.length }, 'migrated')
    const custody = await checkCustody(database, master.keys)
    const keys = localKeys(master.keys)
    const clock = systemClock
    const tail = new Tail({ database, clock, maxStalenessMs: config.max_staleness, onError })
    const revocations = followRevocations(clock)
    tail.follow(revocations)
    metrics.sampled('tail_position', {}, () => tail.position)
    metrics.sampled('tail_staleness_seconds', {}, () => tail.staleness / 1000)
    return {
      ...{ log, onError, metrics, traces, redact, database, custody, master, clock, tail, revocations },
      fingerprint: keys.fingerprint(),
      sealing: createSealing(keys),
      jobs: createJobs({ database, databaseUrl: config.database_url, onError }),
      outbound: createOutbound({
        allowedPrivateHosts: config.allowed_private_hosts,
        defaultTimeoutMs: ANSWER_MS,
        defaultMaxBytes: ANSWER_BYTES,
        userAgent: 'Mandate',
        insideTransaction: database.insideTransaction,
      }),
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
