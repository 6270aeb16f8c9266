// Reading the change log: load a snapshot with its position, then apply every later change in order, and know how
// long ago the log was last heard. A replica that has not heard it for the staleness limit grants nothing.
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../kernel/clock.ts'
import { Problem } from '../../kernel/problem.ts'
import type { Database } from '../database/index.ts'
import type { Follower } from './follower.ts'
import { CHANNEL } from './log.ts'
import { BATCH, beat, type Entry, type Place, readAfter, readHead, START } from './reading.ts'

const HEARTBEAT_MS = 200
const LEAST_ANSWER_WITHIN_MS = 2_000

export interface TailOptions {
  database: Database
  clock: Clock
  /** Milliseconds without word from the log after which nothing is granted. */
  maxStalenessMs: number
  onError: (error: Error) => void
  /** Name of this replica in the table of replicas; random by default. */
  replica?: string
}

export class Tail {
  readonly replica: string
  readonly #options: TailOptions
  readonly #followers: Follower[] = []
  // A poke may come from inside a transaction; the poll must not think that it is in there too.
  readonly #outside = AsyncLocalStorage.snapshot()
  #waiting = new Set<{ position: number; resolve: () => void }>()
  #at: Place = START
  #heardAt = Number.NEGATIVE_INFINITY
  #polling: Promise<void> | undefined
  #again = false
  #timer: NodeJS.Timeout | undefined
  #running = false

  constructor(options: TailOptions) {
    this.#options = options
    this.replica = options.replica ?? randomUUID()
  }

  /** Adds a follower; only before `start`. */
  follow(follower: Follower): void {
    this.#followers.push(follower)
  }

  /** Position up to which this replica has applied the log. */
  get position(): number {
    return this.#at.position
  }

  /** Milliseconds since the log was last known to be complete here. */
  get staleness(): number {
    return this.#options.clock.elapsed() - this.#heardAt
  }

  /** Throws `unavailable` when the log was not heard for the staleness limit (fail closed, ARCHITECTURE idea 4). */
  assertFresh(): void {
    if (this.staleness > this.#options.maxStalenessMs)
      throw new Problem('unavailable', { detail: 'The change log is out of reach.', headers: { 'retry-after': '1' } })
  }

  /** Loads every follower and takes the first lease; from then on the log is followed. */
  async start(): Promise<void> {
    await this.#reload()
    await this.#readOnce()
    this.#running = true
    await this.#options.database.listen(CHANNEL, () => this.poke())
    this.poke()
  }

  /** Grants nothing from here on, then gives the lease back. */
  async stop(): Promise<void> {
    this.#running = false
    clearTimeout(this.#timer)
    await this.#polling
    this.#heardAt = Number.NEGATIVE_INFINITY
    if (this.#options.database.kind === 'shared')
      await this.#options.database
        .connected(
          (connection) => connection.query('delete from replicas where id = $1', [this.replica]),
          LEAST_ANSWER_WITHIN_MS,
        )
        .catch(() => {})
    for (const { resolve } of this.#waiting) resolve()
  }

  /** Asks for a poll now: a write of this process has just been committed, or a notification came. */
  poke(): void {
    this.#again = true
    if (!this.#polling && this.#running) this.#polling = this.#outside(() => this.#poll())
  }

  /** Reads the log now; resolves when that was tried. For who has held the only connection, so that nobody could read. */
  async hear(): Promise<void> {
    this.poke()
    await this.#polling
  }

  /** Resolves true when this replica has applied `position`, false after `timeoutMs` or when it is stopped. */
  async reached(position: number, timeoutMs = 2_000): Promise<boolean> {
    if (this.position >= position || !this.#running) return this.position >= position
    this.poke()
    await new Promise<void>((resolve) => {
      const waiter = { position, resolve: () => done() }
      const timer = setTimeout(() => done(), timeoutMs)
      const done = () => {
        clearTimeout(timer)
        this.#waiting.delete(waiter)
        resolve()
      }
      this.#waiting.add(waiter)
    })
    return this.position >= position
  }

  async #poll(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      while (this.#again && this.#running) {
        this.#again = false
        await this.#readOnce()
      }
    } catch (error) {
      this.#options.onError(error as Error)
    }
    this.#polling = undefined
    if (!this.#running) return
    this.#timer = setTimeout(() => this.poke(), HEARTBEAT_MS)
    this.#timer.unref()
    if (this.#again) this.poke()
  }

  // The lease is counted from the statement, which starts after `askedAt`: this replica stops granting before its
  // lease lapses. For the same reason a reload is not word from the log: it takes no lease, the read after it does.
  async #readOnce(): Promise<void> {
    const { clock, database, maxStalenessMs } = this.#options
    const askedAt = clock.elapsed()
    const entries = await database.heartbeat(
      (connection) =>
        database.kind === 'embedded'
          ? readAfter(connection, this.#at)
          : beat(connection, this.#at, { replica: this.replica, leaseMs: maxStalenessMs }),
      Math.max(LEAST_ANSWER_WITHIN_MS, maxStalenessMs),
    )
    if (entries === 'behind') return this.#reload()
    for (const entry of entries) this.#apply(entry)
    if (entries.length < BATCH) this.#heardAt = askedAt
    // Read again at once: either there is more, or the other replicas wait for this acknowledgement.
    if (entries.length > 0) this.#again = true
    this.#wake()
  }

  #apply({ written, ...change }: Entry): void {
    for (const follower of this.#followers) if (follower.topics.includes(change.topic)) follower.apply(change)
    this.#at = { position: change.position, written }
  }

  async #reload(): Promise<void> {
    const { head, installs } = await this.#options.database.snapshot(async (tx) => {
      const head = await readHead(tx)
      const installs = []
      for (const follower of this.#followers) installs.push(await follower.load(tx))
      return { head, installs }
    })
    for (const install of installs) install(head.position)
    this.#at = head
    this.#again = true
    this.#wake()
  }

  #wake(): void {
    for (const { position, resolve } of this.#waiting) if (position <= this.position) resolve()
  }
}
