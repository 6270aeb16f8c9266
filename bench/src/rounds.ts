// Rounds that take turns, so that a noisy minute of the machine falls on every contender alike; medians of them.

const ROUNDS = 5

export interface Contender {
  name: string
  /** One round; the figure it gave, in whatever unit the benchmark is about. */
  round(): Promise<number> | number
}

export interface Result {
  median: number
  least: number
  most: number
}

/** One round of each to warm up, then `rounds` of all in turn. */
export async function interleaved(
  contenders: readonly Contender[],
  rounds = ROUNDS,
): Promise<ReadonlyMap<string, Result>> {
  return new Map([...(await inTurns(contenders, rounds))].map(([name, list]) => [name, resultOf(list)]))
}

/** The same where a round gives more than one figure: what each round of each gave. */
export async function inTurns<F>(
  contenders: readonly { name: string; round(): Promise<F> | F }[],
  rounds = ROUNDS,
): Promise<ReadonlyMap<string, readonly F[]>> {
  const figures = new Map<string, F[]>(contenders.map(({ name }) => [name, []]))
  for (const { round } of contenders) await round()
  for (let nth = 0; nth < rounds; nth++)
    for (const { name, round } of contenders) figures.get(name)?.push(await round())
  return figures
}

export function resultOf(list: readonly number[]): Result {
  const sorted = [...list].sort((one, other) => one - other)
  return { median: quantile(sorted, 0.5), least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN }
}

/** Of numbers in ascending order; NaN when there are none. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** The result of a contender that ran. */
export function of(results: ReadonlyMap<string, Result>, name: string): Result {
  const result = results.get(name)
  if (!result) throw new Error(`no rounds of ${name}`)
  return result
}
