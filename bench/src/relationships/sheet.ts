// A table of times: what one costs in CPU, how many that makes in a second, and how long most, nearly all and all but
// one in a thousand take.
import { quantile } from '../rounds.ts'
import { type Cell, held, printTable } from '../table.ts'

/** In microseconds; `cpu` is of the whole process, so that what the collector's threads do is in it. */
export interface Times {
  cpu: number
  p50: number
  p99: number
  p999: number
}

type Unit = 'µs' | 'ms'
interface Target {
  atMost?: number
  atLeast?: number
}

export interface Sheet {
  /** The target is one for the CPU of one, in `unit`, or for how many there are in a second of it. */
  times(name: string, times: Times, unit: Unit, target?: Target & { perSecond?: number }): void
  figure(name: string, value: number, unit: string, target?: Target): void
  print(): void
}

const LEAST = 3
const HEADER = ['what', 'per second of CPU', 'CPU', 'p50', 'p99', 'p99.9', 'unit', 'target']

export function sheet(title: string): Sheet {
  const rows: Cell[][] = []
  return {
    times(name, times, unit, { perSecond, ...target } = {}) {
      const [cpu, p50, p99, p999] = [times.cpu, times.p50, times.p99, times.p999].map((time) =>
        unit === 'ms' ? time / 1000 : time,
      ) as [number, number, number, number]
      const rate = 1e6 / times.cpu
      const judged = perSecond === undefined ? held(cpu, target) : held(rate, { atLeast: perSecond })
      const hasTarget = perSecond !== undefined || target.atMost !== undefined
      rows.push([name, rate, cpu, p50, p99, p999, unit, hasTarget ? judged : ''])
    },
    figure(name, value, unit, target) {
      rows.push([name, '', value, '', '', '', unit, target ? held(value, target) : ''])
    },
    print: () => printTable(title, HEADER, rows),
  }
}

export interface Measured {
  count: number
  /** Fewer where they take longer than this together; never less than three. */
  mostSeconds?: number
  once(nth: number): unknown
  /** Done before each, outside the measurement. */
  before?(nth: number): unknown
}

/** The clock is read around each; the CPU too where something comes before each. */
export async function timesOf({ count, mostSeconds = Number.POSITIVE_INFINITY, once, before }: Measured) {
  const times: number[] = []
  let cpu = 0
  const started = process.cpuUsage()
  const until = performance.now() + mostSeconds * 1000
  for (let nth = 0; nth < count && (nth < LEAST || performance.now() < until); nth++) {
    await before?.(nth)
    const usage = before && process.cpuUsage()
    const startedAt = performance.now()
    const result = once(nth)
    if (result instanceof Promise) await result
    times.push((performance.now() - startedAt) * 1000)
    if (usage) cpu += spent(usage)
  }
  return { count: times.length, cpu: (before ? cpu : spent(started)) / times.length, ...quantilesOf(times) }
}

/** Microseconds of this process since. */
export function spent(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return user + system
}

/** For what takes a microsecond: all of them at a stretch for the CPU, then again with the clock read around each. */
export function ratesOf(count: number, once: (nth: number) => void): Times {
  for (let nth = 0; nth < count; nth++) once(nth)
  const usage = process.cpuUsage()
  for (let nth = 0; nth < count; nth++) once(nth)
  const cpu = spent(usage) / count
  const times = new Float64Array(count)
  for (let nth = 0; nth < count; nth++) {
    const startedAt = performance.now()
    once(nth)
    times[nth] = (performance.now() - startedAt) * 1000
  }
  return { cpu, ...quantilesOf(times) }
}

export function quantilesOf(times: Iterable<number>): Omit<Times, 'cpu'> {
  const sorted = Float64Array.from(times).sort() as unknown as readonly number[]
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), p999: quantile(sorted, 0.999) }
}
