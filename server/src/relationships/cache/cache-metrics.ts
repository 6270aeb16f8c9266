// What is told of memory: how much is held, how often it is filled and emptied, and how long that takes.
import type { Metrics } from '../../platform/telemetry/index.ts'
import type { Tuples } from './tuples.ts'

export interface CacheMetrics {
  /** A load has begun; call what is returned when it ends. */
  began(): (outcome: 'done' | 'overtaken' | 'failed') => void
  evicted(what: 'store' | 'types'): void
  /** A question needs more than the limit leaves. */
  aboveLimit(): void
}

export function cacheMetrics(metrics: Metrics, elapsed: () => number): CacheMetrics {
  return {
    began() {
      const startedAt = elapsed()
      return (outcome) => {
        metrics.counter('relationship_loads_total', { outcome }).add()
        metrics.histogram('relationship_load_seconds', {}).observe((elapsed() - startedAt) / 1000)
      }
    },
    evicted: (what) => metrics.counter('relationship_evictions_total', { what }).add(),
    aboveLimit: () => metrics.counter('relationship_loads_above_limit_total', {}).add(),
  }
}

const STATES = ['everything', 'some types', 'nothing'] as const

/** Gauges, read when somebody looks. */
export function sampleMemory(
  metrics: Metrics,
  relationships: { readonly size: number; readonly bytes: number; stores(): readonly { tuples: Tuples }[] },
): void {
  metrics.sampled('relationship_tuples', {}, () => relationships.size)
  metrics.sampled('relationship_bytes', {}, () => relationships.bytes)
  for (const holding of STATES)
    metrics.sampled(
      'relationship_stores',
      { holding },
      () => relationships.stores().filter(({ tuples }) => tuples.holding === holding).length,
    )
}
