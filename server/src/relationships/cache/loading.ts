// One store's tuples read into a new graph while changes go on: a fuzzy read, and then what changed meanwhile done again.
import { setImmediate as turn } from 'node:timers/promises'
import { Problem } from '../../kernel/problem.ts'
import type { Place } from '../../platform/changes/index.ts'
import { BulkLoad } from '../engine/graph/bulk-load.ts'
import { Graph } from '../engine/graph/graph.ts'
import { type Tuple, type TupleKey, typeOf } from '../model.ts'
import type { Tuples } from './tuples.ts'

/** What the tail applied to a store, in order. */
export interface Change {
  tuple: Tuple
  written: boolean
}

export interface Rows {
  /** Tuples read, copied or done again at a time, between two turns for others. */
  readonly atOnce: number
  /**
   * The next tuples by key, of one type or of all, and where the log ended then, in a short transaction of their own.
   * Throws `PlaceLost` where the log no longer holds the place `since`.
   */
  page(of: PageAsked & { since: Place | undefined }): Promise<{ tuples: Tuple[]; head: Place }>
  /** Where the log ends, as `page` says it. */
  head(since: Place | undefined): Promise<Place>
  /** Resolves true when this replica has applied `position`, false when that took too long. */
  reached(position: number): Promise<boolean>
}

export interface PageAsked {
  store: string
  type?: string
  after?: TupleKey
  limit: number
}

export interface Loading {
  store: string
  tuples: Tuples
  /** The types the new graph holds; undefined for all. */
  types: ReadonlySet<string> | undefined
  /** Everything the tail has applied to the store since the load began; taken away as it is done again. */
  changes: Change[]
  /** Throws where the load is of no use any more. */
  check(): void
}

/**
 * Puts the graph in place in the same step in which the last change is done again. A page may hold a change or not, and
 * one may show what a later one does not: whatever was committed after the load began is among `changes`, in order, and
 * for each tuple the last of them decides. Nothing was seen that is not among them, because the newest position is
 * asked for after the last page, and nothing that was lost since, because the log goes on from where each page saw it
 * end. Rejects without a trace.
 */
export async function loadTuples(rows: Rows, loading: Loading): Promise<void> {
  const { store, tuples, types, changes, check } = loading
  // What is in memory already need not be read.
  const kept = types?.intersection(tuples.types ?? types) ?? new Set()
  const graph = new Graph(tuples.seed)
  const filling = new BulkLoad(graph)
  const add = async (page: readonly Tuple[]) => {
    await inSlices(filling.reserving(page.length), check)
    for (const tuple of page) filling.add(tuple)
  }
  let since: Place | undefined
  for (const type of types?.difference(kept) ?? [undefined])
    for (let after: TupleKey | undefined, more = true; more; ) {
      const page = await rows.page({ store, type, after, limit: rows.atOnce, since })
      check()
      await add(page.tuples)
      since = page.head
      after = page.tuples.at(-1)
      more = page.tuples.length === rows.atOnce
    }
  for (const page of batches(kept.size > 0 ? tuples.each(kept) : [], rows.atOnce)) {
    await add(page)
    await turn()
    check()
  }
  await inSlices(filling.finish(), check)
  const { position } = await rows.head(since)
  if (!(await rows.reached(position)))
    throw new Problem('unavailable', {
      detail: `This replica has not reached position ${position}.`,
      headers: { 'retry-after': '1' },
    })
  check()
  while (changes.length > rows.atOnce) {
    redo(graph, changes.splice(0, rows.atOnce), types)
    await turn()
    check()
  }
  redo(graph, changes, types)
  tuples.install(graph, types)
}

function* batches(tuples: Iterable<Tuple>, size: number): Iterable<Tuple[]> {
  let batch: Tuple[] = []
  for (const tuple of tuples) {
    batch.push(tuple)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  yield batch
}

async function inSlices(steps: Iterable<void>, check: () => void): Promise<void> {
  for (const _ of steps) {
    await turn()
    check()
  }
}

function redo(graph: Graph, changes: readonly Change[], types: ReadonlySet<string> | undefined): void {
  for (const { tuple, written } of changes) {
    if (types && !types.has(typeOf(tuple.object))) continue
    if (written) graph.put(tuple)
    else graph.take(tuple)
  }
}
