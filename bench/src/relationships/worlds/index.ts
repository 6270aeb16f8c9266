// The worlds there are, and how large they are wanted.
import { type Recipe, type World, worldOf } from '../world.ts'
import { drive } from './drive.ts'
import { github } from './github.ts'
import { sales } from './sales.ts'

export { drive }
export const RECIPES: readonly Recipe[] = [drive, github, sales]

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

/** Made one after another, so that only one of them is in memory at a time. */
export function* worlds(size: number): Iterable<World> {
  for (const recipe of RECIPES) yield worldOf(recipe, size)
}
