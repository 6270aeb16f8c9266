// A model compiled for the tuples of its store, with everything that is derived from both.
import type { ModelBody } from '../model.ts'
import { Closures } from './closures.ts'
import type { Graph } from './graph.ts'
import type { InOrder } from './in-order.ts'
import { Judge } from './judge.ts'
import { compile, type Plan } from './plan.ts'
import { type Reach, reachOf } from './reach.ts'
import { Recent } from './recent.ts'
import { Sights } from './sights.ts'
import { type Way, waysOf } from './way.ts'

const MOST_LISTINGS = 32

/** Every object of a question at one version of the tuples. */
export interface KeptList {
  version: number
  objects: Int32Array
  /** The same in the order of pages, once a page was asked for. */
  ordered?: InOrder
}

export interface Ground {
  plan: Plan
  graph: Graph
  closures: Closures
  /** For finding objects from a user. */
  ways: (wanted: number) => Way
  /** For telling what stands on the way. */
  reach: Reach
  sights: Sights
  /** Complete lists by user, type and relation. */
  listings: Recent<string, KeptList>
  /** For every question, one after another: a table of what was seen is dear to make. */
  judge: Judge
}

export function groundOf(body: ModelBody, graph: Graph): Ground {
  const plan = compile(body, graph)
  const closures = new Closures(plan, graph)
  const judge = new Judge({ plan, graph, closures })
  return {
    plan,
    graph,
    closures,
    ways: waysOf(plan),
    reach: reachOf(plan, { narrow: false }),
    sights: new Sights(),
    listings: new Recent(MOST_LISTINGS),
    judge,
  }
}
