// Secrets: made by chance, and compared without telling by timing how much was right.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Opaque and unguessable: 256 bits. The prefix says what it is, as secret scanners like it. */
export const newSecret = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`

export function isSecret(presented: string, right: string): boolean {
  return timingSafeEqual(digest(presented), digest(right))
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
