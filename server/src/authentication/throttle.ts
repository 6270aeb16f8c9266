// Guessing slows down: attempts are counted before the password is looked at, so guesses made at once count one by one.
import { Problem } from '../kernel/problem.ts'
import type { Transaction } from '../platform/database/index.ts'
import { networkOf } from '../platform/http/index.ts'
import { type CountedAttempt, countAttempt, delayedUntil, forgetAttempts, uncountAttempt } from './store.ts'
import { hashOf } from './tokens.ts'

/**
 * From this failure on there is a delay: one second, doubled by each further failure. A network may be an office or a
 * proxy with many people behind it, so it takes more to delay it.
 */
const LIMIT = { address: 5, network: 100 }
const LONGEST_SECONDS = 15 * 60
/** After an hour without a failure and without a delay, nothing is held against anyone. */
export const FORGET_AFTER_MS = 3_600_000

export interface Attempt {
  address: CountedAttempt
  remote: CountedAttempt
}

/**
 * Counts an attempt as failed until `succeeded` says otherwise. Throws `rate_limited`, counting nothing, while the
 * address or the network it comes from is delayed.
 */
export async function beginAttempt(
  tx: Transaction,
  { email, remote, now }: { email: string; remote: string; now: number },
): Promise<Attempt> {
  const subjects = { address: hashOf(`address:${email}`), remote: hashOf(`remote:${networkOf(remote)}`) }
  const both = Object.values(subjects)
  const terms = { now, longestSeconds: LONGEST_SECONDS, forgetBefore: now - FORGET_AFTER_MS }
  // The address always before the network, or two attempts could each hold the row that the other waits for.
  const address = await countAttempt(tx, subjects.address, { ...terms, limit: LIMIT.address })
  const network = address && (await countAttempt(tx, subjects.remote, { ...terms, limit: LIMIT.network }))
  if (address && network) return { address, remote: network }
  const until = (await delayedUntil(tx, both))?.getTime() ?? now
  const seconds = Math.max(1, Math.ceil((until - now) / 1000))
  throw new Problem('rate_limited', {
    detail: `Too many attempts. Wait ${inWords(seconds)}, then try again.`,
    headers: { 'retry-after': String(seconds) },
  })
}

/** Clears the address. The network only gets this attempt back: one's own account must not hide guesses at others. */
export async function succeeded(tx: Transaction, { address, remote }: Attempt, now: number): Promise<void> {
  await forgetAttempts(tx, address.subject_hash)
  await uncountAttempt(tx, remote, now)
}

function inWords(seconds: number): string {
  if (seconds === 1) return 'one second'
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
}
