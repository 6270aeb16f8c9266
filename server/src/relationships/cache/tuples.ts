// One store's tuples as far as they are in memory, and the models that judge them. A type is held whole or not at all.

import { type CompiledModel, compileModel } from '../engine/compiled-model.ts'
import { fillGraph } from '../engine/graph/bulk-load.ts'
import { Graph } from '../engine/graph/graph.ts'
import { type ModelBody, type Tuple, type TupleKey, typeOf } from '../model.ts'
import type { ReadSet } from '../models/read-sets.ts'
import type { ModelRules } from '../models/tuple-rules.ts'

/** Models compiled at a time; whoever asks by an older one pays for compiling it again. */
const MOST_GROUNDS = 16

export interface Model extends ModelRules {
  id: string
  body: ModelBody
}

/** Brings into memory what is asked for. */
export interface Loader {
  /** Counts questions: the number of this one. */
  asked(): number
  load(touched: readonly ReadSet[]): Promise<void>
}

export class Tuples {
  readonly seed: number
  readonly #loader: Loader | undefined
  #graph: Graph
  /** Types of objects whose tuples are all here; undefined where everything is. */
  #types: ReadonlySet<string> | undefined
  readonly #grounds = new Map<string, CompiledModel>()
  /** Grows with every change: what was derived from an older one is out of date. */
  version = 0
  /** Number of the last question; 0 for none. */
  askedAt = 0

  /** Everything there is, which is nothing yet; what is dropped comes back by `loader` alone. */
  constructor(seed: number, loader?: Loader) {
    this.seed = seed
    this.#loader = loader
    this.#graph = new Graph(seed)
  }

  get size(): number {
    return this.#graph.size
  }

  get bytes(): number {
    return this.holding === 'nothing' ? 0 : this.#graph.bytes
  }

  /** The types held whole; undefined for all there are. */
  get types(): ReadonlySet<string> | undefined {
    return this.#types
  }

  get holding(): 'everything' | 'some types' | 'nothing' {
    if (this.#types === undefined) return 'everything'
    return this.#types.size > 0 ? 'some types' : 'nothing'
  }

  /**
   * Undefined when all that is touched is here, which holds until something is awaited. Else wait for what is returned
   * and ask again: it may be gone again, and the store with it. Rejects with `unavailable` where it cannot be loaded.
   */
  need(touched: readonly ReadSet[]): Promise<void> | undefined {
    if (!this.#loader) return undefined
    this.askedAt = this.#loader.asked()
    let missing = false
    for (const one of touched) {
      one.askedAt = this.askedAt
      missing ||= !this.holds(one.types)
    }
    return missing ? this.#loader.load(touched) : undefined
  }

  holds(types: ReadonlySet<string>): boolean {
    if (this.#types === undefined) return true
    for (const type of types) if (!this.#types.has(type)) return false
    return true
  }

  /** The model compiled for these tuples, at its first use. */
  compiled({ id, body }: Model): CompiledModel {
    const known = this.#grounds.get(id)
    if (known) return known
    const compiled = compileModel(body, this.#graph)
    const [oldest] = this.#grounds.keys()
    if (this.#grounds.size >= MOST_GROUNDS && oldest !== undefined) this.#grounds.delete(oldest)
    this.#grounds.set(id, compiled)
    return compiled
  }

  /** Everything at once, in place of what was there. */
  load(tuples: Iterable<Tuple>): void {
    const graph = new Graph(this.seed)
    fillGraph(graph, tuples)
    this.install(graph, undefined)
  }

  /** The graph holds every tuple of these types and no other; without types, every tuple. */
  install(graph: Graph, types: ReadonlySet<string> | undefined): void {
    this.#graph = graph
    this.#types = types
    this.#grounds.clear()
    this.version += 1
  }

  drop(): void {
    this.install(new Graph(this.seed), new Set())
  }

  /** Every tuple that is here, or those of these types, in no order. */
  all(types?: ReadonlySet<string>): Tuple[] {
    return [...this.each(types)]
  }

  /** As `all`, one by one; changes meanwhile may be in it or not. */
  each(types?: ReadonlySet<string>): Iterable<Tuple> {
    return this.#graph.all(types)
  }

  put(tuple: Tuple): void {
    if (!this.#holdsTypeOf(tuple)) return
    this.#graph.put(tuple)
    this.#changed(tuple)
  }

  take(tuple: TupleKey): void {
    if (!this.#holdsTypeOf(tuple)) return
    this.#graph.take(tuple)
    this.#changed(tuple)
  }

  /**
   * Does `work` as if `tuples` were written too, each in place of a written one that is the same but for its condition.
   * They are written and taken back again: `work` must be done when it returns. Names are forgotten with them, so that
   * nobody fills the memory by asking. Those of types that are not here are passed over: no question reads them.
   */
  assuming<T>(tuples: readonly Tuple[], work: () => T): T {
    const { version } = this
    const mark = this.#graph.mark()
    const before: (Tuple | TupleKey)[] = []
    try {
      for (const tuple of tuples) {
        if (!this.#holdsTypeOf(tuple)) continue
        const found = this.#graph.find(tuple)
        const { user, relation, object } = tuple
        before.push(found === false ? { user, relation, object } : { user, relation, object, condition: found })
        this.put(tuple)
      }
      return work()
    } finally {
      for (const tuple of before.reverse()) 'condition' in tuple ? this.put(tuple) : this.take(tuple)
      this.#graph.truncate(mark)
      this.version = version
    }
  }

  // Half of a type would answer wrongly, and nobody would know.
  #holdsTypeOf({ object }: TupleKey): boolean {
    return this.#types === undefined || this.#types.has(typeOf(object))
  }

  #changed({ user, relation, object }: TupleKey): void {
    this.version += 1
    if (this.#grounds.size === 0) return
    const goal = this.#graph.addGoal(object, relation)
    const item = this.#graph.addUser(user)
    for (const { closures } of this.#grounds.values()) closures.changed(goal, item)
  }
}
