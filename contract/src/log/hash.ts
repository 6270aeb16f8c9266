// The hashes of the tree, as RFC 9162 §2.1.1 has them: the prefixes keep a leaf from being taken for a node.
import { hash } from 'node:crypto'

/** 32 bytes of SHA-256. */
export type Hash = Uint8Array

export const HASH_BYTES = 32

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

const sha256 = (...parts: Uint8Array[]): Hash => hash('sha256', Buffer.concat(parts), 'buffer')

export const emptyRoot = (): Hash => sha256()

export const leafHash = (data: Uint8Array): Hash => sha256(LEAF, data)

/**
 * The leaf of an entry is its exact text in UTF-8.
 * Throws a RangeError for a lone surrogate: UTF-8 would turn it into U+FFFD, and two entries would share one hash.
 */
export function entryHash(text: string): Hash {
  if (!text.isWellFormed()) throw new RangeError('an entry must be well-formed Unicode')
  return leafHash(Buffer.from(text, 'utf8'))
}

export const nodeHash = (left: Hash, right: Hash): Hash => sha256(NODE, left, right)

export const isHash = (value: unknown): value is Hash => value instanceof Uint8Array && value.length === HASH_BYTES

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
