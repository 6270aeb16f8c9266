// What the process counts and measures, each by a declared name; Prometheus is behind this file and nowhere else.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { redactText } from './secret-shapes.ts'

interface Declaration {
  help: string
  labels: readonly string[]
}
const declare = <const D extends Record<string, Declaration>>(declarations: D) => declarations

const COUNTERS = declare({
  operations_total: { help: 'Operations performed, by outcome.', labels: ['operation', 'outcome'] },
  relationship_loads_total: { help: 'Loads of relationships into memory, by outcome.', labels: ['outcome'] },
  relationship_loads_above_limit_total: {
    help: 'Loads that a question needed although they exceed the memory limit.',
    labels: [],
  },
  relationship_evictions_total: { help: 'Relationships put out of memory, by what: store or types.', labels: ['what'] },
  jobs_total: { help: 'Jobs run, by outcome.', labels: ['job', 'outcome'] },
})

const HISTOGRAMS = declare({
  operation_seconds: { help: 'Time an operation took.', labels: ['operation'] },
  relationship_load_seconds: { help: 'Time a load of relationships took.', labels: [] },
})

const GAUGES = declare({
  tail_position: { help: 'Last position of the change log applied here.', labels: [] },
  tail_staleness_seconds: { help: 'Time since the change log was last heard.', labels: [] },
  audit_pending: { help: 'Audit events waiting to be written.', labels: [] },
  relationship_tuples: { help: 'Relationship tuples held in memory.', labels: [] },
  relationship_bytes: { help: 'Memory that relationship tuples take, in bytes.', labels: [] },
  relationship_stores: {
    help: 'Relationship stores, by what of them is in memory: everything, some types or nothing.',
    labels: ['holding'],
  },
})

/**
 * Every metric, for its page in the documentation.
 * @public read by scripts/generate.ts
 */
export const METRICS = { counter: COUNTERS, histogram: HISTOGRAMS, gauge: GAUGES }

export type CounterName = keyof typeof COUNTERS
export type HistogramName = keyof typeof HISTOGRAMS
export type GaugeName = keyof typeof GAUGES
type Labels<D extends Declaration> = Readonly<Record<D['labels'][number], string>>

export interface Metrics {
  /** The series of these labels. */
  counter<N extends CounterName>(name: N, labels: Labels<(typeof COUNTERS)[N]>): { add(by?: number): void }
  histogram<N extends HistogramName>(
    name: N,
    labels: Labels<(typeof HISTOGRAMS)[N]>,
  ): { observe(seconds: number): void }
  gauge<N extends GaugeName>(name: N, labels: Labels<(typeof GAUGES)[N]>): { set(value: number): void }
  /** A gauge that is read when somebody looks. A reader that throws leaves the last value. */
  sampled<N extends GaugeName>(name: N, labels: Labels<(typeof GAUGES)[N]>, read: () => number): void
  expose(): Promise<{ contentType: string; body: string }>
}

const PREFIX = 'mandate_'
/** Seconds. From a decision in memory to a call to a slow upstream. */
const BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** `processMetrics`: memory, CPU and event loop of the process as well; once per process. */
export function createMetrics({ processMetrics = false }: { processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry()
  const config = ([name, { help, labels }]: [string, Declaration]) => ({
    name: PREFIX + name,
    help,
    labelNames: [...labels],
    registers: [registry],
  })
  const made = <M>(declarations: Record<string, Declaration>, make: (entry: [string, Declaration]) => M) =>
    new Map(Object.entries(declarations).map((entry) => [entry[0], make(entry)]))
  const counters = made(COUNTERS, (entry) => new Counter(config(entry)))
  const histograms = made(HISTOGRAMS, (entry) => new Histogram({ ...config(entry), buckets: BUCKETS }))
  const gauges = made(GAUGES, (entry) => new Gauge(config(entry)))
  const readers: (() => void)[] = []
  const held: (() => void)[] = []
  if (processMetrics) collectDefaultMetrics({ register: registry, prefix: PREFIX })

  const gauge: Metrics['gauge'] = (name, labels) => {
    const series = found(gauges, name).labels(shown(labels))
    return { set: (value) => series.set(value) }
  }

  return {
    counter: once(COUNTERS, (name: CounterName, labels) => {
      const { keep, give } = heldBack(found(counters, name).labels(shown(labels)), (series, by) => series.inc(by))
      held.push(give)
      return { add: (by = 1) => keep(by) }
    }),
    histogram: once(HISTOGRAMS, (name: HistogramName, labels) => {
      const series = found(histograms, name).labels(shown(labels))
      const { keep, give } = heldBack(series, (series, seconds) => series.observe(seconds))
      held.push(give)
      return { observe: keep }
    }),
    gauge,
    sampled(name, labels, read) {
      const series = gauge(name, labels)
      readers.push(() => series.set(read()))
    },
    async expose() {
      for (const give of held) give()
      for (const read of readers) {
        try {
          read()
        } catch {
          // The other metrics are worth more than this one.
        }
      }
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
}

const HELD = 256

/**
 * Numbers for a series, kept until there are many or somebody looks: given one by one, between other work, each costs
 * several times as much.
 */
function heldBack<S>(series: S, take: (series: S, value: number) => void) {
  const values = new Float64Array(HELD)
  let count = 0
  const give = () => {
    const many = count
    count = 0
    for (let at = 0; at < many; at++) take(series, values[at] as number)
  }
  return {
    give,
    keep(value: number) {
      values[count++] = value
      if (count === HELD) give()
    },
  }
}

function found<M>(metrics: ReadonlyMap<string, M>, name: string): M {
  const metric = metrics.get(name)
  if (!metric) throw new TypeError(`There is no metric called ${name}.`)
  return metric
}

/** `make`, but once for the same name and labels: making a series ready costs more than counting in it. */
function once<N extends string, S>(
  declarations: Record<N, Declaration>,
  make: (name: N, labels: Readonly<Record<string, string>>) => S,
) {
  // By name, and then by the value of each label in turn; as many as the registry holds anyway.
  type Made = Map<string | undefined, Made | S>
  const made: Made = new Map()
  return (name: N, labels: Readonly<Record<string, string>>): S => {
    const declared = declarations[name]?.labels ?? []
    let at = made
    let key: string | undefined = name
    for (const label of declared) {
      const next = (at.get(key) as Made | undefined) ?? new Map()
      at.set(key, next)
      at = next
      key = labels[label]
    }
    const known = at.get(key) as S | undefined
    if (known) return known
    for (const label in labels)
      if (!declared.includes(label)) throw new TypeError(`The metric ${name} has no label ${label}.`)
    const series = make(name, labels)
    at.set(key, series)
    return series
  }
}

const shown = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, redactText(value)]))
