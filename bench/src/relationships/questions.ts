// What is asked: by Zipf or evenly, with users and records that exist nowhere among them.
import type { TupleKey } from '@mandate/server/relationships/model.ts'
import { type Chance, chance } from './chance.ts'
import type { World } from './world.ts'

export type Pick = 'zipf' | 'below'
export const PICKS: readonly { pick: Pick; title: string }[] = [
  { pick: 'zipf', title: 'Zipf' },
  { pick: 'below', title: 'uniform' },
]

/** Of a hundred questions, those about a record, and those about a user, that exist nowhere. */
const MISSES = 5

export function questionsOf(world: World, { pick, seed, count }: { pick: Pick; seed: number; count: number }) {
  const random = chance(seed)
  return Array.from({ length: count }, () => asReceived(questionOf(world, random, pick)))
}

function questionOf({ users, records, type, relation }: World, random: Chance, pick: Pick): TupleKey {
  const dice = random.below(100)
  const user = random[pick](users)
  const record = random[pick](records)
  return {
    user: dice < MISSES ? `user:nobody-${user}` : `user:${user}`,
    relation,
    object: dice >= MISSES && dice < 2 * MISSES ? `${type}:nothing-${record}` : `${type}:${record}`,
  }
}

/** As it comes off the wire: strings of its own that nobody has looked at yet. */
const asReceived = (question: TupleKey): TupleKey => JSON.parse(JSON.stringify(question)) as TupleKey

/** Ids of records, one in twenty of which exists nowhere. */
export function recordIds({ records }: World, seed: number, count: number): string[] {
  const random = chance(seed)
  return Array.from({ length: count }, (_, nth) => {
    const record = random.below(records)
    return nth % 20 === 19 ? `nothing-${record}` : String(record)
  })
}

export function usersOf({ users }: World, seed: number, count: number): string[] {
  const random = chance(seed)
  return Array.from({ length: count }, () => `user:${random.below(users)}`)
}
