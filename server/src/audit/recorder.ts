// The road's recorder: attempts and outcomes before anyone goes on, the rest right after.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../kernel/clock.ts'
import { type EventId, newId as freshId } from '../kernel/ids.ts'
import { Problem } from '../kernel/problem.ts'
import type { Recorder } from '../pipeline/index.ts'
import type { Database } from '../platform/database/index.ts'
import { networkOf } from '../platform/http/index.ts'
import {
  type Accountable,
  attemptEntry,
  type Entry,
  endedEntry,
  lostEntry,
  refusedEntry,
  type Stamp,
  suppressedEntry,
} from './entry.ts'
import { groupCommit } from './group-commit.ts'
import { PERIOD_MS, rateCap } from './rate-cap.ts'
import { type EventRow, rowOf } from './row.ts'
import { insertEvents } from './store.ts'
import { writeBehind } from './write-behind.ts'

export interface RecorderOptions {
  database: Database
  clock: Clock
  /** Takes secrets out of what is about to be written. */
  redact: (value: unknown) => unknown
  accountable: Accountable
  /** Told of records that could not be written yet, or not at all. */
  onError: (error: Error) => void
  /** An id that sorts by `at`, milliseconds since the epoch. */
  newId?: (at: number) => EventId
}

export interface AuditRecorder extends Recorder {
  /** Records that are not durable yet. */
  pending(): number
  /** Writes what is held. The caller lets no calls in any more. */
  stop(): Promise<void>
}

const MAX_ATTEMPTS_WAITING = 10_000
// An act that was done must be able to say so when no new ones are let in.
const MAX_OUTCOMES_WAITING = 2 * MAX_ATTEMPTS_WAITING

export function createRecorder(options: RecorderOptions): AuditRecorder {
  const { database, clock, redact, accountable, onError } = options
  const newId = options.newId ?? ((at: number) => freshId('event', at))
  const stamp = (): Stamp => {
    const at = clock.now()
    return { id: newId(at), at }
  }
  const row = (entry: Entry): EventRow => rowOf(redact(entry) as Entry)

  const awaited = groupCommit<EventRow>(async (rows) => {
    try {
      await database.transaction((tx) => insertEvents(tx, rows))
    } catch (cause) {
      throw new Problem('unavailable', {
        detail: 'What you do could not be recorded, so it is not done; try again shortly.',
        headers: { 'retry-after': '1' },
        cause,
      })
    }
  })
  const behind = writeBehind<EventRow>({
    write: (rows) => database.transaction((tx) => insertEvents(tx, rows, { again: true })),
    lost: (records) => row(lostEntry(stamp(), records)),
    onError,
  })
  const refusals = rateCap(clock.elapsed)
  const detached = AsyncLocalStorage.snapshot()
  let sweeping: NodeJS.Timeout | undefined

  // The road has no answer to an error here: whoever called has been answered already.
  function hold(entry: () => Entry, weight?: number): void {
    try {
      behind.add(row(entry()), weight)
    } catch (error) {
      onError(error as Error)
    }
  }

  function sweep(): void {
    clearTimeout(sweeping)
    sweeping = undefined
    for (const counted of refusals.sweep()) hold(() => suppressedEntry(stamp(), counted), counted.suppressed)
    if (refusals.busy) sweepLater()
  }
  const sweepLater = (): void => {
    sweeping ??= detached(() => setTimeout(sweep, PERIOD_MS).unref())
  }

  // On a single connection waiting for it would never end; on a pool it would eat two connections.
  function mustBeOutside(): void {
    if (database.insideTransaction()) throw new Error('recorded inside a transaction that was not handed on')
  }

  return {
    async attempt(recorded) {
      mustBeOutside()
      const at = stamp()
      await awaited.add(row(attemptEntry(at, recorded, accountable)), MAX_ATTEMPTS_WAITING)
      return at.id
    },
    async outcome(attempt, ended, tx) {
      const written = () => row(endedEntry(stamp(), ended, accountable, attempt))
      if (tx) return insertEvents(tx, [written()])
      mustBeOutside()
      await awaited.add(written(), MAX_OUTCOMES_WAITING)
    },
    after(ended) {
      hold(() => endedEntry(stamp(), ended, accountable))
    },
    refused(recorded, reason) {
      const network = networkOf(recorded.remote)
      // What was over a limit is only counted: writing each one down is what the limit is there to prevent.
      if (reason === 'rate_limited') refusals.count(reason, network)
      else if (refusals.spend(reason, network)) hold(() => refusedEntry(stamp(), recorded, reason))
      sweepLater()
    },
    pending: () => awaited.size + behind.size,
    async stop() {
      await awaited.idle()
      sweep()
      clearTimeout(sweeping)
      await behind.flush()
      // What was under way when we came may have failed on a connection that is whole again.
      if (behind.size > 0) await behind.flush()
      if (behind.size > 0) onError(new Error(`${behind.size} audit records could not be written before the stop`))
    },
  }
}
