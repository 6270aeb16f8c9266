// Jobs on pg-boss: queued ones run soon on one replica, recurring ones once per period however many replicas there are.
import type { PgBoss } from 'pg-boss'
import type { Database, Transaction } from '../database/index.ts'
import { bossOn, inside, orphans } from './boss.ts'

/** `signal` aborts when the job has outlived its time or a shutdown could wait no longer. */
export type Handler = (data: Record<string, unknown>, signal: AbortSignal) => Promise<void>

export interface JobsOptions {
  database: Database
  /** Needed on a shared database: jobs have a small pool of their own there. */
  databaseUrl?: string
  /** Reports jobs that fail and connections that break. */
  onError: (error: Error) => void
  /** Called after each run of a job. */
  ran?: (job: string, outcome: 'done' | 'failed') => void
}

export interface EnqueueOptions {
  /** Enqueues in this transaction: the job exists when it commits. */
  tx?: Transaction
  /** Runs not before so many seconds from now. */
  afterSeconds?: number
  /** While a job of this name and key waits or runs, another is not added. */
  key?: string
  /** Tries after the first; 2 by default. */
  retries?: number
}

export interface Jobs {
  /** Runs `handler` for each job enqueued as `name`; at least once, so it must bear repeating. Only before `start`. */
  work(name: string, handler: Handler): void
  /** Runs `handler` every so many seconds, or as a cron expression of five fields says (UTC). Only before `start`. */
  every(name: string, when: number | string, handler: Handler): void
  /** Adds a job; false when one with the same `key` is there already. */
  enqueue(name: string, data: Record<string, unknown>, options?: EnqueueOptions): Promise<boolean>
  start(): Promise<void>
  /** Takes no more jobs and waits for those that run; after `timeoutMs` they are aborted and will be tried again. */
  stop(timeoutMs?: number): Promise<void>
}

interface Registered {
  handler: Handler
  when?: number | string
  workerId?: string
}

// A worker of this process is woken by what this process enqueues; polling finds retries, delayed jobs and the work of
// other replicas. The embedded database has one connection, so there it is rarer.
const POLL_SECONDS = { embedded: 5, shared: 2, recurring: 15 }
const LONGEST_SECONDS = 15 * 60
// A job whose process died is noticed by its missing heartbeat, within one and a half minutes.
const HEARTBEAT_SECONDS = 30
const KEEP_DONE_SECONDS = 24 * 3600

export function createJobs({ database, databaseUrl, onError, ran }: JobsOptions): Jobs {
  const registered = new Map<string, Registered>()
  const timers: NodeJS.Timeout[] = []
  let boss: PgBoss | undefined

  const register = (name: string, entry: Registered) => {
    if (boss) throw new Error(`job ${name} was registered after the start`)
    if (registered.has(name)) throw new Error(`job ${name} is registered twice`)
    registered.set(name, entry)
  }
  const wake = ({ workerId }: Registered) => {
    if (workerId !== undefined) boss?.notifyWorker(workerId)
  }

  async function begin(on: PgBoss, name: string, entry: Registered): Promise<void> {
    const { handler, when } = entry
    await on.createQueue(name, {
      // One at a time: a recurring job never overtakes itself, and keys are unique while they wait or run.
      policy: 'exclusive',
      expireInSeconds: LONGEST_SECONDS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      retryLimit: 2,
      retryDelay: 5,
      retryBackoff: true,
      deleteAfterSeconds: KEEP_DONE_SECONDS,
    })
    // Nobody else can be running these: the only process that could ended without finishing them.
    const left = database.kind === 'embedded' ? await orphans(database, name) : []
    if (left.length > 0) await on.fail(name, left)
    const pollingIntervalSeconds = when === undefined ? POLL_SECONDS[database.kind] : POLL_SECONDS.recurring
    entry.workerId = await on.work(name, { pollingIntervalSeconds }, async ([job]) => {
      if (!job) return
      try {
        await handler(job.data as Record<string, unknown>, job.signal)
        ran?.(name, 'done')
      } catch (error) {
        ran?.(name, 'failed')
        onError(new Error(`job ${name} failed`, { cause: error }))
        throw error
      } finally {
        // Look for the next at once, not at the next poll.
        wake(entry)
      }
    })
    if (typeof when === 'string') await on.schedule(name, when)
    if (typeof when === 'number') timers.push(tick(on, name, entry, when))
  }

  // Every replica offers the job once per period; the slot of the period admits the first.
  function tick(on: PgBoss, name: string, entry: Registered, seconds: number): NodeJS.Timeout {
    const offer = async () => {
      try {
        if (await on.send(name, {}, { singletonSeconds: seconds })) wake(entry)
      } catch (error) {
        onError(error as Error)
      }
    }
    void offer()
    return setInterval(offer, seconds * 1000).unref()
  }

  return {
    work: (name, handler) => register(name, { handler }),
    every: (name, when, handler) => register(name, { handler, when }),
    async enqueue(name, data, { tx, afterSeconds, key, retries } = {}) {
      const entry = registered.get(name)
      if (!boss || !entry) throw new Error(`job ${name} is not there to be enqueued`)
      if (!tx && database.insideTransaction()) throw new Error(`job ${name} is enqueued beside the open transaction`)
      const id = await boss.send(name, data, {
        singletonKey: key ?? crypto.randomUUID(),
        ...(afterSeconds !== undefined && { startAfter: afterSeconds }),
        ...(retries !== undefined && { retryLimit: retries }),
        ...(tx && { db: inside(tx) }),
      })
      if (afterSeconds === undefined && id !== null) tx ? tx.committed(() => wake(entry)) : wake(entry)
      return id !== null
    },
    async start() {
      boss = bossOn({ database, databaseUrl, onError })
      await boss.start()
      for (const [name, entry] of registered) await begin(boss, name, entry)
    },
    async stop(timeoutMs = 30_000) {
      for (const timer of timers) clearInterval(timer)
      await boss?.stop({ graceful: true, timeout: timeoutMs })
    },
  }
}
