// Compares a presented credential with the right one without telling by timing how much of it was right.
import { createHash, timingSafeEqual } from 'node:crypto'

export function isCredential(presented: string | undefined, right: string): boolean {
  return presented !== undefined && timingSafeEqual(digest(presented), digest(right))
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
