// What is told of each retrieval: counts and time, never contents.

export interface Metrics {
  /** Results that were judged. */
  asked: number
  returned: number
  /** Results that not every reader may see. */
  withheld: number
  microseconds: number
  /** Searches that were made. */
  rounds: number
}

export type Observe = (metrics: Metrics) => void

export function stopwatch(): () => number {
  const startedAt = performance.now()
  return () => Math.round((performance.now() - startedAt) * 1000)
}
