// One store's tuples in memory, and the models that judge them.
import { Graph } from './engine/graph.ts'
import { type Ground, groundOf } from './engine/ground.ts'
import type { ModelBody, Tuple, TupleKey } from './model.ts'
import type { ModelRules } from './tuple-rules.ts'

/** Models compiled at a time; whoever asks by an older one pays for compiling it again. */
const MOST_GROUNDS = 16

export interface Model extends ModelRules {
  id: string
  body: ModelBody
}

export class Tuples {
  #graph: Graph
  readonly #seed: number
  readonly #grounds = new Map<string, Ground>()
  /** Grows with every change: what was derived from an older one is out of date. */
  version = 0

  constructor(seed: number) {
    this.#seed = seed
    this.#graph = new Graph(seed)
  }

  get size(): number {
    return this.#graph.size
  }

  get bytes(): number {
    return this.#graph.bytes
  }

  /** The model compiled for these tuples, at its first use. */
  ground({ id, body }: Model): Ground {
    const known = this.#grounds.get(id)
    if (known) return known
    const ground = groundOf(body, this.#graph)
    const [oldest] = this.#grounds.keys()
    if (this.#grounds.size >= MOST_GROUNDS && oldest !== undefined) this.#grounds.delete(oldest)
    this.#grounds.set(id, ground)
    return ground
  }

  /** Everything at once, in place of what was there. */
  load(tuples: Iterable<Tuple>): void {
    this.#graph = new Graph(this.#seed)
    this.#grounds.clear()
    this.#graph.fill(tuples)
    this.version += 1
  }

  /** Every tuple, in no order. */
  all(): Tuple[] {
    return this.#graph.all()
  }

  put(tuple: Tuple): void {
    this.#graph.put(tuple)
    this.#changed(tuple)
  }

  take(tuple: TupleKey): void {
    this.#graph.take(tuple)
    this.#changed(tuple)
  }

  /**
   * Does `work` as if `tuples` were written too, each in place of a written one that is the same but for its condition.
   * They are written and taken back again: `work` must be done when it returns. Names are forgotten with them, so that
   * nobody fills the memory by asking.
   */
  assuming<T>(tuples: readonly Tuple[], work: () => T): T {
    const { version } = this
    const mark = this.#graph.mark()
    const before: (Tuple | TupleKey)[] = []
    try {
      for (const tuple of tuples) {
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

  #changed({ user, relation, object }: TupleKey): void {
    this.version += 1
    if (this.#grounds.size === 0) return
    const goal = this.#graph.addGoal(object, relation)
    const item = this.#graph.addUser(user)
    for (const { closures } of this.#grounds.values()) closures.changed(goal, item)
  }
}
