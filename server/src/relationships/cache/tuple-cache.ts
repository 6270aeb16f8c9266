// Which tuples are in memory: what a question reads is loaded, and the least recently asked stores are evicted.
import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { Problem } from '../../kernel/problem.ts'
import { PlaceLost } from '../../platform/changes/index.ts'
import type { ReadSet } from '../models/read-sets.ts'
import type { CacheMetrics } from './cache-metrics.ts'
import { type Change, loadTuples, type Rows } from './loading.ts'
import type { SizeEstimates } from './size-estimates.ts'
import type { Model, Tuples } from './tuples.ts'

/** A store as far as its memory is concerned. */
export interface CachedStore {
  readonly id: string
  readonly models: ReadonlyMap<string, Model>
  readonly tuples: Tuples
  readonly estimates: SizeEstimates
  /** Changes since a load began, while one is under way. */
  changes: Change[] | undefined
}

export interface TupleCacheGiven {
  rows: Rows
  /** Bytes that tuples may take, but for what one question needs. */
  limit: number
  measures: CacheMetrics
  /** The store as it is now: another one, or none, once the log was loaded anew or it was deleted. */
  current(id: string): CachedStore | undefined
  stores(): Iterable<CachedStore>
  onError(error: Error): void
}

interface Load {
  held: CachedStore
  /** What a question asked for; undefined for the whole store. */
  touched: readonly ReadSet[] | undefined
  /** Bytes set aside for it once it runs. */
  bytes: number
  done: PromiseWithResolvers<void>
}

/** The load is of no use any more: who waits for it asks again. */
class Superseded extends Error {}

export class TupleCache {
  #questions = 0
  readonly #given: TupleCacheGiven
  readonly #loads = new Map<CachedStore, Load>()
  readonly #waiting: Load[] = []
  readonly #running = new Set<Load>()
  // A question may come from inside a transaction; its load reads in transactions of its own.
  readonly #outside = AsyncLocalStorage.snapshot()
  #trimming = false
  /** Bytes held, or more: what stores no longer hold is found out when it matters. */
  #about = 0
  #calmUntil: number
  #stopped = false

  constructor(given: TupleCacheGiven) {
    this.#given = given
    this.#calmUntil = given.limit
  }

  asked(): number {
    this.#questions += 1
    return this.#questions
  }

  /** Resolves when it is worth asking again; rejects with `unavailable` where the rows cannot be read. */
  load(held: CachedStore, touched: readonly ReadSet[] | undefined): Promise<void> {
    const under = this.#loads.get(held)
    if (under) return under.done.promise
    if (this.#stopped) return Promise.reject(unavailable())
    const load = { held, touched, bytes: 0, done: Promise.withResolvers<void>() }
    // Nobody may be waiting for it.
    load.done.promise.catch(() => {})
    this.#loads.set(held, load)
    this.#waiting.push(load)
    this.#admit()
    return load.done.promise
  }

  /** Loads whole stores, the smallest first, into what room is left; `first` before all others. */
  async warm(first?: string): Promise<void> {
    const rank = (held: CachedStore) => (held.id === first ? -1 : held.estimates.bytes())
    for (const held of [...this.#given.stores()].sort((a, b) => rank(a) - rank(b))) {
      const fits = this.#bytes() + this.#reserved() + held.estimates.bytes() <= this.#given.limit
      if (!fits || held.tuples.holding === 'everything' || this.#loads.has(held)) continue
      await this.load(held, undefined).catch(() => {})
    }
  }

  /** Stores take `bytes` more. */
  grown(bytes: number): void {
    this.#about += bytes
    if (this.#trimming || this.#about <= this.#calmUntil) return
    this.#trimming = true
    this.#outside(async () => {
      await turn()
      this.#trimming = false
      this.#trim()
    })
  }

  /** Resolves when nothing is loaded or about to give way. */
  async idle(): Promise<void> {
    while (this.#trimming || this.#loads.size > 0) {
      await Promise.allSettled([...this.#loads.values()].map(({ done }) => done.promise))
      await turn()
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const load of this.#waiting.splice(0)) this.#end(load, unavailable())
    await Promise.allSettled([...this.#running].map(({ done }) => done.promise))
  }

  // One at a time where memory is short, more where there is room for all of them; in the order they were asked for.
  #admit(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      next.bytes = this.#plan(next).bytes
      if (this.#running.size > 0 && this.#reserved() + next.bytes > this.#given.limit) return
      this.#waiting.shift()
      this.#running.add(next)
      const load = next
      this.#outside(() => void this.#run(load))
    }
  }

  async #run(load: Load): Promise<void> {
    const { held } = load
    const { measures, limit } = this.#given
    const ended = measures.began()
    // Whoever waited for the load before this one asks first, of what is about to make room.
    await turn()
    let failure: Error | undefined
    try {
      const check = () => this.#check(held)
      check()
      const { types, bytes } = this.#plan(load)
      load.bytes = bytes
      this.#makeRoom(held)
      if (this.#others(held) + bytes > limit) measures.aboveLimit()
      held.changes = []
      await loadTuples(this.#given.rows, {
        ...{ store: held.id, tuples: held.tuples, types, changes: held.changes, check },
      })
      held.estimates.learn(held.tuples)
      ended('done')
    } catch (error) {
      const overtaken = error instanceof Superseded || error instanceof PlaceLost
      ended(overtaken ? 'overtaken' : 'failed')
      if (!overtaken) failure = this.#failed(error as Error)
    }
    held.changes = undefined
    this.#end(load, failure)
    this.#about = this.#bytes()
    this.grown(0)
  }

  #end(load: Load, failure?: Error): void {
    this.#loads.delete(load.held)
    this.#running.delete(load)
    if (failure) load.done.reject(failure)
    else load.done.resolve()
    this.#admit()
  }

  #check(held: CachedStore): void {
    if (this.#stopped) throw unavailable()
    if (this.#given.current(held.id) !== held) throw new Superseded()
  }

  #failed(error: Error): Error {
    if (error instanceof Problem) return error
    if (!this.#stopped) this.#given.onError(error)
    return unavailable(error)
  }

  /** The whole store where it fits, else what is touched and, of what was asked about lately, what fits beside it. */
  #plan({ held, touched }: Pick<Load, 'held' | 'touched'>): {
    types: ReadonlySet<string> | undefined
    bytes: number
  } {
    const whole = held.estimates.bytes()
    if (touched === undefined || whole <= this.#given.limit) return { types: undefined, bytes: whole }
    const types = new Set(touched.flatMap((one) => [...one.types]))
    let bytes = held.estimates.bytes(types)
    for (const lately of latelyAsked(held)) {
      const more = held.estimates.more(lately.types.difference(types))
      if (bytes + more > this.#given.limit) continue
      for (const type of lately.types) types.add(type)
      bytes += more
    }
    return { types, bytes }
  }

  // Only stores as a whole, and never in the step in which a load ends: those who waited for it come first.
  #makeRoom(besides?: CachedStore): void {
    const idle = [...this.#given.stores()]
      .filter((held) => held !== besides && held.tuples.bytes > 0 && !this.#loads.has(held))
      .sort((a, b) => a.tuples.askedAt - b.tuples.askedAt)
    for (const held of idle) {
      if (this.#bytes() + this.#reserved() <= this.#given.limit) return
      this.#evict(held)
    }
  }

  #evict({ tuples }: CachedStore): void {
    tuples.drop()
    this.#given.measures.evicted('store')
  }

  // Writes make stores grow, and estimates may be wrong.
  #trim(): void {
    const stores = [...this.#given.stores()].filter(({ tuples }) => tuples.bytes > 0)
    const [latest] = stores.toSorted((a, b) => b.tuples.askedAt - a.tuples.askedAt)
    this.#makeRoom(latest)
    if (latest && this.#bytes() > this.#given.limit && !this.#loads.has(latest)) this.#shrink(latest)
    this.#about = this.#bytes()
    // What is too much by itself is looked at again when it has grown by much.
    const settled = this.#loads.size === 0
    this.#calmUntil = settled ? Math.max(this.#given.limit, this.#about * 1.1) : this.#given.limit
  }

  #shrink(held: CachedStore): void {
    const [latest] = latelyAsked(held)
    held.estimates.learn(held.tuples)
    if (!latest) {
      this.#evict(held)
      return
    }
    const { types } = this.#plan({ held, touched: [latest] })
    const before = held.tuples.types
    if (!types || before?.isSubsetOf(types)) return
    void this.load(held, [latest])
    this.#given.measures.evicted('types')
  }

  #bytes(): number {
    let bytes = 0
    for (const { tuples } of this.#given.stores()) bytes += tuples.bytes
    return bytes
  }

  #others(held: CachedStore): number {
    return this.#bytes() - held.tuples.bytes + this.#reserved() - (this.#loads.get(held)?.bytes ?? 0)
  }

  #reserved(): number {
    let bytes = 0
    for (const load of this.#running) bytes += load.bytes
    return bytes
  }
}

function latelyAsked({ models }: CachedStore): ReadSet[] {
  return [...models.values()]
    .flatMap(({ asked }) => [...asked()])
    .filter(({ askedAt }) => askedAt > 0)
    .sort((a, b) => b.askedAt - a.askedAt)
}

const unavailable = (cause?: Error): Problem =>
  new Problem('unavailable', {
    detail: 'The relationships of this store cannot be loaded now.',
    headers: { 'retry-after': '1' },
    ...(cause && { cause }),
  })
