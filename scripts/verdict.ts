// What a check says at its end: what it looked at, and what is wrong. Looking at nothing is wrong too.
export interface Verdict {
  /** What was looked at, with numbers: `12 files, 40 imports`. */
  seen: string
  problems: string[]
}

/** A verdict that fails when any of the counts is zero. */
export function verdict(counts: Readonly<Record<string, number>>, problems: readonly string[]): Verdict {
  const empty = Object.entries(counts).filter(([, count]) => count === 0)
  return {
    seen: Object.entries(counts)
      .map(([noun, count]) => `${count} ${noun}`)
      .join(', '),
    problems: [...problems, ...empty.map(([noun]) => `found no ${noun}: a check that sees nothing proves nothing`)],
  }
}

/** Prints the verdict and sets the exit code. */
export function tell(name: string, { seen, problems }: Verdict): void {
  for (const problem of problems) console.error(`  ${problem}`)
  console.log(`${name}: ${seen}${problems.length === 0 ? ', all well' : `, ${problems.length} wrong`}`)
  if (problems.length > 0) process.exitCode = 1
}
