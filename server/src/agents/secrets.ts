// Client secrets: made here, shown once, kept and compared as hashes only.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits behind a prefix that secret scanners can find. */
export const newSecret = (): string => `mdt_${randomBytes(32).toString('base64url')}`

// Plain SHA-256 is enough: what is hashed is random and 256 bits long, there is nothing to guess.
export const hashSecret = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('base64url')

/** Whether `hash` is among `hashes`; every one is compared, in constant time. */
export function hashAmong(hash: string, hashes: Iterable<string>): boolean {
  const given = Buffer.from(hash, 'base64url')
  let found = false
  for (const known of hashes) {
    const held = Buffer.from(known, 'base64url')
    if (held.length === given.length && timingSafeEqual(held, given)) found = true
  }
  return found
}
