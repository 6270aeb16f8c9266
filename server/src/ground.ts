// What every room stands on, opened in order: telemetry, database, keys, the change log, jobs, the way out.
import { randomBytes } from 'node:crypto'
import type { Config } from './config.ts'
import { systemClock } from './kernel/clock.ts'
import { appendChanges, confirmed, followRevocations, newestPosition, Tail } from './platform/changes/index.ts'
import { migrate, openDatabase, readMigrations } from './platform/database/index.ts'
import type { Ground } from './platform/ground.ts'
import { createJobs, type Jobs } from './platform/jobs/index.ts'
import { smtpMail } from './platform/mail/index.ts'
import { createOutbound } from './platform/outbound/index.ts'
import { checkCustody, createSealing, loadMasterKey, localKeys } from './platform/sealing/index.ts'
import { migrationsOf, type StoredData } from './platform/stored-data.ts'
import { createLogger, createMetrics, createTraces, redact, type Traces } from './platform/telemetry/index.ts'

// A server in memory keeps nothing, so its master key need not outlive it either.
const EPHEMERAL_KEY = randomBytes(32).toString('base64')

const ANSWER_MS = 60_000
const ANSWER_BYTES = 4 * 1024 * 1024
/** For a change to be in force everywhere; a replica that is silent for longer has lost its lease. */
const CONFIRM_MS = 5_000

/** The ground, and what only the server itself runs: the change log, jobs, traces, the master key. */
export interface OpenGround {
  ground: Ground
  tail: Tail
  jobs: Jobs
  traces: Traces
  /** Fingerprint of the current master key. */
  fingerprint: string
  /** Whether other master keys are configured: something may be sealed under one of them. */
  severalKeys: boolean
  close(): Promise<void>
}

/** Opens the ground, with the tables of `data`. Everything opened is closed again if a later step fails. */
export async function openGround(config: Config, data: readonly StoredData[]): Promise<OpenGround> {
  const log = createLogger({ level: config.log_level })
  const onError = (error: unknown, correlation?: string) =>
    correlation === undefined ? log.error(error as Error) : log.error({ err: error, correlation }, 'failed')
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
    const applied = await migrate(database, readMigrations(migrationsOf(data)))
    if (applied.length > 0) log.info({ migrations: applied.length }, 'migrated')
    await checkCustody(database, master.keys)
    const keys = localKeys(master.keys)
    const clock = systemClock
    const tail = new Tail({ database, clock, maxStalenessMs: config.max_staleness, onError })
    const revocations = followRevocations(clock)
    tail.follow(revocations)
    metrics.sampled('tail_position', {}, () => tail.position)
    metrics.sampled('tail_staleness_seconds', {}, () => tail.staleness / 1000)
    const jobs = createJobs({
      database,
      databaseUrl: config.database_url,
      onError,
      ran: (job, outcome) => metrics.counter('jobs_total', { job, outcome }).add(),
    })
    const outbound = createOutbound({
      allowedPrivateHosts: config.allowed_private_hosts,
      defaultTimeoutMs: ANSWER_MS,
      defaultMaxBytes: ANSWER_BYTES,
      userAgent: 'Mandate',
      insideTransaction: database.insideTransaction,
    })
    const mail = config.smtp_url === undefined ? undefined : smtpMail({ url: config.smtp_url, from: config.mail_from })
    return {
      tail,
      jobs,
      traces,
      fingerprint: keys.fingerprint(),
      severalKeys: master.keys.length > 1,
      ground: {
        issuer: config.issuer,
        database,
        clock,
        now: () => clock.now(),
        elapsed: () => clock.elapsed(),
        sealing: createSealing(keys),
        outbound,
        revocations,
        metrics,
        log,
        redact: redact as Ground['redact'],
        onError,
        mail,
        enqueue: (name, work, options) => jobs.enqueue(name, work, options),
        changes: {
          position: () => tail.position,
          newest: () => newestPosition(database),
          reached: (position) => tail.reached(position),
          confirmed: (position) => confirmed({ database, tail, position, timeoutMs: CONFIRM_MS, clock }),
          assertFresh: () => tail.assertFresh(),
          catchUp: () => tail.hear(),
        },
      },
      async close() {
        mail?.close()
        await tail.stop()
        await outbound.close()
        await traces.shutdown()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
