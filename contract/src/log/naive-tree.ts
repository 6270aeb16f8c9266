// For tests: the tree as RFC 9162 §2.1.1 and §2.1.3.1 define it, word for word and slow, to judge the fast one by.
import { emptyRoot, type Hash, leafHash, nodeHash } from './hash.ts'

/** Leaves that all differ, from a number that sets this tree apart from others. */
export const leavesOf = (size: number, tree = 0): Hash[] =>
  Array.from({ length: size }, (_, index) => leafHash(Buffer.from(`${tree}/${index}`)))

export function naiveRoot(leaves: readonly Hash[]): Hash {
  const [first] = leaves
  if (first === undefined) return emptyRoot()
  if (leaves.length === 1) return first
  const k = split(leaves.length)
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)))
}

export function naiveInclusionProof(index: number, leaves: readonly Hash[]): Hash[] {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return index < k
    ? [...naiveInclusionProof(index, left), naiveRoot(right)]
    : [...naiveInclusionProof(index - k, right), naiveRoot(left)]
}

export function naiveConsistencyProof(size1: number, leaves: readonly Hash[], whole = true): Hash[] {
  if (size1 === leaves.length) return whole ? [] : [naiveRoot(leaves)]
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return size1 <= k
    ? [...naiveConsistencyProof(size1, left, whole), naiveRoot(right)]
    : [...naiveConsistencyProof(size1 - k, right, false), naiveRoot(left)]
}

function split(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}
