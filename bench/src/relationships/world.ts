// A world: a model, as many tuples as wanted, and what is asked of it.
import type { ModelBody, TupleKey } from '@mandate/server/relationships/model.ts'
import { type Chance, chance } from './chance.ts'
import { TupleColumns } from './tuple-columns.ts'

/** A group with thousands of members, and where bursts of changes put it. */
export interface Crowd {
  /** Kind of the tuples that are its members, and its number. */
  kind: string
  object: number
  /** Not among the tuples; written and taken away again in a burst. */
  moved: TupleKey
  /** What that is, in words. */
  move: string
}

/** How a world is made: the same seed and size give the same tuples in the same order. */
export interface Recipe {
  name: string
  body: ModelBody
  /** What is asked: the type and relation of the records. */
  type: string
  relation: string
  crowd: Crowd
  /** Every kind of tuples in it, as `group#member@user`. */
  kinds: readonly string[]
  seed: number
  /** Adds about `size` tuples; says how many records and users there are. */
  fill(tuples: TupleColumns, size: number, random: Chance): { records: number; users: number }
}

export interface World extends Omit<Recipe, 'fill' | 'kinds' | 'seed'> {
  tuples: TupleColumns
  records: number
  users: number
}

export function worldOf({ fill, kinds, seed, ...rest }: Recipe, size: number): World {
  const tuples = new TupleColumns(kinds)
  const counts = fill(tuples, size, chance(seed))
  return { ...rest, ...counts, tuples: tuples.complete() }
}
