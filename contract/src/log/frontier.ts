// The right edge of a growing tree: the roots of its complete subtrees, enough to append and to know the root.
import { emptyRoot, HASH_BYTES, type Hash, isHash, nodeHash } from './hash.ts'

export interface Frontier {
  /** Leaves so far; at most 2^53 − 1, beyond which a number is no longer exact. */
  readonly size: number
  /** One root for each set bit of `size`, the largest subtree first. */
  readonly peaks: readonly Hash[]
}

export const emptyFrontier: Frontier = Object.freeze({ size: 0, peaks: Object.freeze([]) })

/** The frontier after `leaves` (hashes, in order); the one given stays as it was. Throws a RangeError for what is no leaf hash. */
export function append(frontier: Frontier, leaves: Iterable<Hash>): Frontier {
  let { size } = frontier
  const peaks = [...frontier.peaks]
  for (const leaf of leaves) {
    if (!isHash(leaf)) throw new RangeError(`a leaf hash has ${HASH_BYTES} bytes`)
    if (size >= Number.MAX_SAFE_INTEGER) throw new RangeError('the tree is full')
    let peak = leaf
    // Like adding one in binary: every trailing 1 of the size is a subtree that becomes the left half of a larger one.
    // Arithmetic, not bit operators, because those stop at 32 bits.
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = peaks.pop()
      if (left === undefined) throw new RangeError('the frontier has fewer subtrees than its size says')
      peak = nodeHash(left, peak)
    }
    peaks.push(peak)
    size += 1
  }
  return { size, peaks }
}

export function rootOf({ peaks }: Frontier): Hash {
  return peaks.length === 0 ? emptyRoot() : peaks.reduceRight((right, left) => nodeHash(left, right))
}

/** The size in 8 bytes, big-endian, and the peaks after it. */
export function serialiseFrontier({ size, peaks }: Frontier): Uint8Array {
  const head = Buffer.alloc(8)
  head.writeBigUInt64BE(BigInt(size))
  return Buffer.concat([head, ...peaks])
}

/** Throws a RangeError when `bytes` are not exactly what `serialiseFrontier` writes. */
export function deserialiseFrontier(bytes: Uint8Array): Frontier {
  const data = Buffer.from(bytes)
  const size = data.length < 8 ? -1 : Number(data.readBigUInt64BE())
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('these bytes are no frontier: no usable size')
  const peaks: Hash[] = []
  for (let at = 8; at < data.length; at += HASH_BYTES) peaks.push(data.subarray(at, at + HASH_BYTES))
  const subtrees = size.toString(2).replaceAll('0', '').length
  if (peaks.length !== subtrees || !peaks.every(isHash))
    throw new RangeError(`these bytes are no frontier: a tree of ${size} has ${subtrees} complete subtrees`)
  return { size, peaks }
}
