// Making proofs from the leaf hashes of a tree.
import { append, emptyFrontier, rootOf } from './frontier.ts'
import type { Hash } from './hash.ts'
import { isSubtree, pathFrom, type Range } from './path.ts'

/** The leaf hashes from `start` to `end`, `end` excluded, in order. */
export type LeafHashes = (start: number, end: number) => Iterable<Hash> | AsyncIterable<Hash>

/** RFC 9162 §2.1.3.1. Throws a RangeError unless `index` < `size`. */
export const makeInclusionProof = (leaves: LeafHashes, { index, size }: { index: number; size: number }) =>
  makeSubtreeProof(leaves, { start: index, end: index + 1, size })

/** RFC 9162 §2.1.4.1. Throws a RangeError unless 0 < `size1` ≤ `size2`. */
export const makeConsistencyProof = (leaves: LeafHashes, { size1, size2 }: { size1: number; size2: number }) =>
  makeSubtreeProof(leaves, { start: 0, end: size1, size: size2 })

/** Proof that the subtree [start, end) is part of the tree of `size`. Throws a RangeError when it is no subtree of it. */
export async function makeSubtreeProof(
  leaves: LeafHashes,
  { start, end, size }: { start: number; end: number; size: number },
): Promise<Hash[]> {
  const proof: Hash[] = []
  for (const range of proofRanges({ start, end, size })) proof.push(await rangeRoot(leaves, range))
  return proof
}

/** The ranges whose roots, in this order, are the proof: for a log that keeps the roots of complete subtrees. */
export function proofRanges({ start, end, size }: { start: number; end: number; size: number }): Range[] {
  if (![start, end, size].every(Number.isSafeInteger)) throw new RangeError('sizes and indexes are whole numbers')
  const subtree = { start: BigInt(start), end: BigInt(end) }
  if (!isSubtree(subtree) || end > size) throw new RangeError(`[${start}, ${end}) is no subtree of a tree of ${size}`)
  const { base, steps } = pathFrom(subtree, BigInt(size))
  const siblings = steps.map((step) => step.sibling)
  // The verifier has the subtree's own root already; it needs the base only where that is another node.
  return base.start === subtree.start ? siblings : [base, ...siblings]
}

async function rangeRoot(leaves: LeafHashes, { start, end }: Range): Promise<Hash> {
  let frontier = emptyFrontier
  for await (const leaf of leaves(Number(start), Number(end))) frontier = append(frontier, [leaf])
  const expected = Number(end - start)
  if (frontier.size !== expected) throw new RangeError(`${expected} leaf hashes were asked for, ${frontier.size} came`)
  return rootOf(frontier)
}
