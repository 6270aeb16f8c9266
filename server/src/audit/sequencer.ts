// The sequencer runs on every replica; whichever takes the lock appends what was committed since.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../kernel/clock.ts'
import type { Database } from '../platform/database/index.ts'
import type { LogSigner } from './log-key.ts'
import { type Pass, sequence } from './sequence.ts'

export interface SequencerOptions {
  database: Database
  clock: Clock
  signer: LogSigner
  /** Told when a pass failed; the next one tries again. */
  onError: (error: Error) => void
}

const INTERVAL_MS = 500
// The embedded database has one connection, which must not be away for long.
const LIMIT = { shared: 5_000, embedded: 1_000 }

export class Sequencer {
  #options: SequencerOptions
  // A pass belongs to no caller: it must not run in the transaction or trace of whoever poked.
  #detached = AsyncLocalStorage.snapshot()
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: SequencerOptions) {
    this.#options = options
  }

  /** Resolves when what was left over is sequenced and the log has its first checkpoint, here or on another replica at it. */
  async start(): Promise<void> {
    while ((await this.#pass()).more) {}
    this.#later()
  }

  /** Asks for a pass now; resolves when one has ended that began after the call. */
  poke(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    this.#next ??= (this.#running ?? Promise.resolve()).then(() => this.#run())
    return this.#next
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#next
    await this.#running
  }

  #run(): Promise<void> {
    this.#next = undefined
    clearTimeout(this.#timer)
    this.#running = this.#detached(() => this.#drain())
    return this.#running
  }

  async #drain(): Promise<void> {
    try {
      while (!this.#stopped && (await this.#pass()).more) {}
    } catch (error) {
      this.#options.onError(error as Error)
    }
    this.#running = undefined
    this.#later()
  }

  #pass(): Promise<Pass> {
    const { database, signer, clock } = this.#options
    return database.transaction((tx) => sequence(tx, { signer, now: clock.now(), limit: LIMIT[database.kind] }))
  }

  #later(): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.poke(), INTERVAL_MS)
    this.#timer.unref()
  }
}
