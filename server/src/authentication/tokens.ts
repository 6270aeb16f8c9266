// Values that open something: random, shown once, kept as hashes only.
import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits, base64url. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** Plain SHA-256 is enough for what is random and 256 bits long. */
export const hashOf = (value: string): string => createHash('sha256').update(value, 'utf8').digest('base64url')
