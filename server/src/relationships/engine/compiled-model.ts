// A model compiled for the tuples of its store, with everything that is derived from both.
import type { ModelBody } from '../model.ts'
import { Judge } from './check/judge.ts'
import { VisibilityCache } from './check/visibility-cache.ts'
import { GenerationalCache } from './generational-cache.ts'
import type { Graph } from './graph/graph.ts'
import { Closures } from './groups/closures.ts'
import type { PageOrder } from './listing/page-order.ts'
import { type Reach, reachOf } from './listing/reachability.ts'
import { type ReversePlan, reversePlansOf } from './listing/reverse-plan.ts'
import { compile, type Plan } from './plan.ts'

const MOST_LISTINGS = 32

/** Every object of a question at one version of the tuples. */
export interface CachedList {
  version: number
  objects: Int32Array
  /** The same in the order of pages, once a page was asked for. */
  ordered?: PageOrder
}

export interface CompiledModel {
  plan: Plan
  graph: Graph
  closures: Closures
  /** For finding objects from a user. */
  reversePlans: (wanted: number) => ReversePlan
  /** For telling what stands on the way. */
  reach: Reach
  visibility: VisibilityCache
  /** Complete lists by user, type and relation. */
  listings: GenerationalCache<string, CachedList>
  /** For every question, one after another: a table of what was seen is dear to make. */
  judge: Judge
}

export function compileModel(body: ModelBody, graph: Graph): CompiledModel {
  const plan = compile(body, graph)
  const closures = new Closures(plan, graph)
  const judge = new Judge({ plan, graph, closures })
  return {
    plan,
    graph,
    closures,
    reversePlans: reversePlansOf(plan),
    reach: reachOf(plan, { narrow: false }),
    visibility: new VisibilityCache(),
    listings: new GenerationalCache(MOST_LISTINGS),
    judge,
  }
}
