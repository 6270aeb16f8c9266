// A reporter for node's test runner: at the end of a run, the files that took longest.
import { relative, resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

const SHOWN = 20

export interface FileTime {
  file: string
  milliseconds: number
}

/** The slowest first, one line each; nothing for a run of one file. */
export function slowestFiles(times: readonly FileTime[], shown = SHOWN): string[] {
  if (times.length < 2) return []
  const slowest = [...times].sort((one, other) => other.milliseconds - one.milliseconds).slice(0, shown)
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  return [
    `the ${slowest.length} slowest of ${times.length} files (${seconds(total)} s in all, several at a time)`,
    ...slowest.map(({ file, milliseconds }) => `${seconds(milliseconds).padStart(7)} s  ${file}`),
  ]
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1)

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const times: FileTime[] = []
  for await (const { type, data } of events) {
    // The runner reports a file's process as a test of its own, named by the file's path.
    if (type !== 'test:complete' || data.file === undefined || resolve(data.name) !== data.file) continue
    times.push({ file: relative('.', data.file), milliseconds: data.details.duration_ms })
  }
  for (const line of slowestFiles(times)) yield `${line}\n`
}
