// An empty graph filled with many tuples, some at a time and with turns for others in between: names are numbered as
// tuples come, lists are made when all are there. Eight bytes a tuple are held until then, and no tuple itself.
import type { Tuple } from '../../model.ts'
import type { Graph } from './graph.ts'

export class BulkLoad {
  readonly #graph: Graph
  #goals = new Int32Array(1024)
  #items = new Int32Array(1024)
  #count = 0

  constructor(graph: Graph) {
    this.#graph = graph
  }

  /** Before so many are added to a graph that is large already: nothing is moved then while they are. */
  *reserving(count: number): Generator<void> {
    const { names, goals } = this.#graph
    yield* names.reserving(2 * count)
    yield* goals.reserving(2 * count)
  }

  /** Each tuple comes once. */
  add(tuple: Tuple): void {
    if (this.#count === this.#goals.length) {
      const size = Math.ceil(this.#count * 1.4)
      this.#goals = longer(this.#goals, size)
      this.#items = longer(this.#items, size)
    }
    const { goal, item } = this.#graph.number(tuple)
    this.#goals[this.#count] = goal
    this.#items[this.#count] = item
    this.#count += 1
  }

  /** The graph is of use when this has come to its end. */
  *finish(): Generator<void> {
    yield* this.#graph.settle(this.#goals.subarray(0, this.#count), this.#items.subarray(0, this.#count))
  }
}

/** Fills an empty graph at once; each tuple is given once. */
export function fillGraph(graph: Graph, tuples: Iterable<Tuple>): void {
  const load = new BulkLoad(graph)
  for (const tuple of tuples) load.add(tuple)
  for (const _ of load.finish());
}

function longer(array: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(size)
  more.set(array)
  return more
}
