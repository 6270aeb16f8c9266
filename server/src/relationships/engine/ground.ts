// A model compiled for the tuples of its store, with everything that is derived from both.
import type { ModelBody } from '../model.ts'
import { Closures } from './closures.ts'
import type { Graph } from './graph.ts'
import { compile, type Plan } from './plan.ts'
import { type Reach, reachOf } from './reach.ts'
import { Sights } from './sights.ts'

export interface Ground {
  plan: Plan
  graph: Graph
  closures: Closures
  reach: Reach
  sights: Sights
}

export function groundOf(body: ModelBody, graph: Graph): Ground {
  const plan = compile(body, graph)
  return { plan, graph, closures: new Closures(plan, graph), reach: reachOf(plan), sights: new Sights() }
}
