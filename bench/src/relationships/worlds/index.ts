// The worlds there are, and how large they are wanted.
import { type Recipe, type World, worldOf } from '../world.ts'
import { drive } from './drive.ts'
import { github } from './github.ts'
import { sales } from './sales.ts'

export { drive }

const NAMED: Readonly<Record<string, Recipe>> = { drive, github, sales }
export const RECIPES: readonly Recipe[] = Object.values(NAMED)

const MILLION = 1_000_000

/** Tuples of a world: `BENCH_TUPLES`, or a million. */
export const sizeWanted = (): number => size('BENCH_TUPLES', MILLION)

/** Tuples in the store of a server: `BENCH_SERVED_TUPLES`, or a million where the worlds are not smaller. */
export const sizeServed = (): number => size('BENCH_SERVED_TUPLES', Math.min(MILLION, sizeWanted()))

function size(name: string, otherwise: number): number {
  const tuples = Number(process.env[name] ?? otherwise)
  if (!Number.isSafeInteger(tuples) || tuples < 1_000) throw new Error(`${name} must be a whole number from 1000`)
  return tuples
}

/** Those named in `BENCH_WORLDS`, or all; made one after another, so that only one is in memory at a time. */
export function* worlds(size: number): Iterable<World> {
  for (const name of process.env.BENCH_WORLDS?.split(',') ?? Object.keys(NAMED)) {
    const recipe = NAMED[name]
    if (!recipe) throw new Error(`there is no world ${name}; there are ${Object.keys(NAMED).join(', ')}`)
    yield worldOf(recipe, size)
  }
}
