// Which objects a stream has sent: by their numbers in one graph, and by name for when it is given another one.
import type { Graph } from '../engine/graph/graph.ts'

export class SentObjects {
  #graph: Graph | undefined
  #bits = new Uint32Array()
  /** What was sent each time, as bytes: no name holds a NUL. */
  readonly #names: Buffer[] = []
  /** How many of those are numbered in the graph; and names among them that had no number: they may come back. */
  #numbered = 0
  readonly #lost = new Set<string>()

  /** Numbers what was sent in the graph that counts now; true when all of it is. A graph keeps its numbers. */
  numberedIn(graph: Graph, atOnce: number): boolean {
    if (graph !== this.#graph) {
      this.#graph = graph
      this.#bits = new Uint32Array((graph.names.count >>> 5) + 1)
      this.#numbered = 0
      this.#lost.clear()
    }
    const until = Math.min(this.#names.length, this.#numbered + atOnce)
    for (; this.#numbered < until; this.#numbered++)
      for (const name of (this.#names[this.#numbered] as Buffer).toString().split('\0')) {
        const object = graph.names.find(name)
        if (object === -1) this.#lost.add(name)
        else this.#mark(object)
      }
    return this.#numbered === this.#names.length
  }

  /** Of these, those that were not sent before. */
  without(objects: readonly number[]): readonly number[] {
    if (this.#names.length === 0) return objects
    const names = this.#lost.size > 0 ? this.#graph?.names : undefined
    return objects.filter(
      (object) =>
        ((this.#bits[object >>> 5] ?? 0) & (1 << (object & 31))) === 0 &&
        !(names && this.#lost.has(names.textOf(object))),
    )
  }

  /** The same by name. */
  withoutNames(names: readonly string[]): readonly string[] {
    if (this.#names.length === 0) return names
    const sent = new Set(this.#names.flatMap((some) => some.toString().split('\0')))
    return names.filter((name) => !sent.has(name))
  }

  add(objects: readonly number[], names: readonly string[]): void {
    if (objects.length === 0) return
    for (const object of objects) this.#mark(object)
    this.#names.push(Buffer.from(names.join('\0')))
    this.#numbered += 1
  }

  #mark(object: number): void {
    const at = object >>> 5
    if (at >= this.#bits.length) {
      const more = new Uint32Array(at + 64)
      more.set(this.#bits)
      this.#bits = more
    }
    this.#bits[at] = (this.#bits[at] as number) | (1 << (object & 31))
  }
}
