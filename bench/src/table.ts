// Tables as people read them in a terminal: words to the left, figures to the right. Each says how busy the machine was.
import { loadavg } from 'node:os'

export type Cell = string | number

export function printTable(title: string, header: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? figure(cell) : cell)))
  const widths = header.map((name, column) => Math.max(name.length, ...texts.map((row) => (row[column] ?? '').length)))
  const numeric = header.map((_, column) => rows.some((row) => typeof row[column] === 'number'))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  console.log(`\n${title} (load average ${loadavg()[0]?.toFixed(1)})\n`)
  console.log(line(header))
  console.log(widths.map((width) => '-'.repeat(width)).join('  '))
  for (const row of texts) console.log(line(row))
}

/** Three significant digits, thousands set apart. */
function figure(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits })
}

/** Whether a budget was held, in words. */
export const held = (value: number, budget: { atMost?: number; atLeast?: number }): string => {
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = budget
  const text = budget.atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`
  return `${text} ${value <= atMost && value >= atLeast ? 'reached' : 'NOT reached'}`
}
