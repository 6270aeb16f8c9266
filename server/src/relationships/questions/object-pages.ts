// A list of objects in names, all of it or in pages: a token says after which object the next one goes on, on whatever
// replica.
import { z } from 'zod'
import type { Graph } from '../engine/graph/graph.ts'
import { type Ordered, pageOrderOf } from '../engine/listing/page-order.ts'
import { type List, readToken, tokenAfter } from '../protocol/pages.ts'
import type { Assumed } from './answers.ts'
import { type Objects, type ObjectsQuestion, objectsAtOnce } from './object-lists.ts'
import type { ResolvedModel } from './resolved-model.ts'

/** Where a page ended: an object, by what all are ordered by. */
const Last = z.object({ order: z.number().int(), name: z.string() })

export interface Paging {
  page_size?: number
  continuation_token: string
}

export interface Page {
  list: List
  size: number
  after: Ordered | undefined
}

export interface ObjectsBody {
  objects: string[]
  continuation_token?: string
}

const PAGE_SIZE = 1000
/** Names between two yields: some milliseconds. */
const SLICE = 2 ** 13

/** The page asked for; undefined for all there are. Throws `invalid_continuation_token`. */
export function pageAsked(
  { store }: ResolvedModel,
  { type, relation, user }: ObjectsQuestion,
  { page_size, continuation_token }: Paging,
): Page | undefined {
  const list = ['list-objects', store.id, type, relation, user]
  const after = readToken(list, Last, continuation_token)
  return page_size === undefined && !after ? undefined : { list, size: page_size ?? PAGE_SIZE, after }
}

/** All of them, or a page where the question asks for one; in one step. */
export function pageOfObjects(
  by: ResolvedModel,
  { page_size, continuation_token, ...question }: ObjectsQuestion & Paging,
  assumed: Assumed,
): ObjectsBody {
  const page = pageAsked(by, question, { page_size, continuation_token })
  return objectsAtOnce(by, question, assumed, (objects) => finished(pageIn(objects, page)))
}

/** In slices; what it says holds for the version of the list, whatever changes meanwhile. */
export function* pageIn({ compiled: { graph }, list }: Objects, page: Page | undefined): Generator<void, ObjectsBody> {
  if (!page) return { objects: yield* namesOf(graph, list.objects) }
  list.ordered ??= yield* pageOrderOf(graph, list.objects)
  // Kept once: in which order they are read elsewhere does not matter.
  list.objects = list.ordered.objects
  const { objects, rest } = list.ordered.after(page.after, page.size)
  const last = objects.at(-1)
  return {
    objects: graph.names.textsOf(objects),
    continuation_token: last !== undefined && rest > 0 ? tokenAfter(page.list, list.ordered.orderedOf(last)) : '',
  }
}

function* namesOf({ names }: Graph, objects: Int32Array): Generator<void, string[]> {
  const parts: string[][] = []
  for (let from = 0; from < objects.length; from += SLICE) {
    if (from > 0) yield
    parts.push(names.textsOf(objects.subarray(from, from + SLICE)))
  }
  return parts.flat()
}

function finished<T>(slices: Generator<void, T>): T {
  for (;;) {
    const { done, value } = slices.next()
    if (done) return value
  }
}
