// A claim is prolonged for as long as its holder lives, and lapses soon after a crash: sooner than most providers forget
// the refresh token of before.
import { type Claimed, prolong } from './account-store.ts'
import type { Ground } from './ground.ts'

/** How many times a claim is prolonged within its life, so that one slow answer of the database does not lose it. */
const BEATS = 3

export async function holding<T>(ground: Ground, claimed: Claimed, work: () => Promise<T>): Promise<T> {
  const { claimMs, database } = ground
  let over = false
  let timer: NodeJS.Timeout | undefined
  // One after the other: a database that does not answer must not find a queue of them when it does.
  const beat = (): void => {
    timer = setTimeout(async () => {
      await database.transaction((tx) => prolong(tx, claimed, claimMs)).catch(ground.onError)
      if (!over) beat()
    }, claimMs / BEATS)
  }
  beat()
  try {
    return await work()
  } finally {
    over = true
    clearTimeout(timer)
  }
}
