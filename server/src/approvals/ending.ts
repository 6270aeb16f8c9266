// What the end of somebody's access does to requests: theirs are called off, and the yes they gave to others is taken back.
import type { Transaction } from '../platform/database/index.ts'
import { cancelLinked, takeBack } from './store.ts'

/** `link`: a person, agent, session, client, task or connection that ended by force. Returns how many requests ended. */
export async function endApprovals(tx: Transaction, link: string, now: Date): Promise<number> {
  const asked = await cancelLinked(tx, link, now)
  return asked + (await takeBack(tx, { by: link, now }))
}
