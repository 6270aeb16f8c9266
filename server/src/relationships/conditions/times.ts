// Durations and timestamps as their text forms, read into what CEL calculates with.
import { create } from '@bufbuild/protobuf'
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt'

const NANOS = 1_000_000_000n
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: NANOS,
  m: 60n * NANOS,
  h: 3600n * NANOS,
}
const DURATION = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/
const PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g
const LONGEST = 2n ** 63n - 1n

/** `1h30m`, `-1.5s`, `0`: what Go's time.ParseDuration reads. */
export function readDuration(text: string): Duration {
  const [, sign, body] = DURATION.exec(text) ?? []
  if (body === undefined || text.length > 100)
    throw new Error(`expected a valid duration string, but found: '${text.slice(0, 100)}'`)
  let nanos = 0n
  for (const [, whole, fraction = '', unit = 's'] of body.matchAll(PART)) {
    const scale = UNITS[unit] ?? 0n
    nanos += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length)
  }
  if (nanos > LONGEST) throw new Error(`expected a valid duration string, but found: '${text}'`)
  if (sign === '-') nanos = -nanos
  return create(DurationSchema, { seconds: nanos / NANOS, nanos: Number(nanos % NANOS) })
}

const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})[T](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/

/** RFC 3339, nanoseconds kept. */
export function readTimestamp(text: string): Timestamp {
  const parts = TIMESTAMP.exec(text)
  const fault = () => new Error(`expected RFC 3339 formatted timestamp string, but found '${text.slice(0, 100)}'`)
  if (!parts) throw fault()
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    ...[number, number, number],
    ...[number, number, number],
  ]
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, day)
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    throw fault()
  at.setUTCHours(hour, minute, second)
  const offset = (Number(parts[9] ?? 0) * 60 + Number(parts[10] ?? 0)) * (parts[8] === '-' ? -60 : 60)
  const nanos = Number((parts[7] ?? '').slice(0, 9).padEnd(9, '0'))
  return create(TimestampSchema, { seconds: BigInt(at.getTime() / 1000 - offset), nanos })
}
