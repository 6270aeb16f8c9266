// Verifying proofs. Everything here may come from an adversary: the answer to anything malformed is false, never an error.
import { emptyRoot, type Hash, isHash, nodeHash, sameBytes } from './hash.ts'
import { isSize, isSubtree, pathFrom } from './path.ts'

interface InSubtree {
  index: bigint
  start: bigint
  end: bigint
  leaf: Hash
  /** Of the subtree. */
  root: Hash
  proof: readonly Hash[]
}

interface SubtreeOf {
  start: bigint
  end: bigint
  size: bigint
  subtreeRoot: Hash
  /** Of the tree of `size`. */
  root: Hash
  proof: readonly Hash[]
}

/** RFC 9162 §2.1.3.2. A proof does not bind `size` by itself: take `size` and `root` from one signed checkpoint. */
export const verifyInclusion = (claim: Omit<InSubtree, 'start' | 'end'> & { size: bigint }): boolean =>
  verifySubtreeInclusion({ ...claim, start: 0n, end: claim.size })

/** Is `leaf` number `index` of the log in the subtree [start, end)? */
export function verifySubtreeInclusion({ index, start, end, leaf, root, proof }: InSubtree): boolean {
  if (!isSubtree({ start, end }) || !isSize(index) || index < start || index >= end) return false
  if (!isHash(leaf) || !isHash(root)) return false
  const at = index - start
  return leadsTo({ start: at, end: at + 1n, size: end - start, subtreeRoot: leaf, root, proof })
}

/**
 * RFC 9162 §2.1.4.2. From the empty tree only to itself: any tree begins with nothing, so a proof of that would say
 * nothing about `root2`.
 */
export function verifyConsistency(claim: {
  size1: bigint
  size2: bigint
  root1: Hash
  root2: Hash
  proof: readonly Hash[]
}): boolean {
  const { size1, size2, root1, root2, proof } = claim
  if (size1 === 0n && (size2 !== 0n || !isHash(root2) || !sameBytes(root2, emptyRoot()))) return false
  return verifySubtreeConsistency({ start: 0n, end: size1, size: size2, subtreeRoot: root1, root: root2, proof })
}

/** Are the leaves [start, end) under `subtreeRoot` those of the tree of `size` under `root`? */
export function verifySubtreeConsistency(claim: SubtreeOf): boolean {
  const { start, end, size, subtreeRoot, proof } = claim
  if (!isSize(size) || !isSize(start) || !isSize(end) || end > size || !Array.isArray(proof)) return false
  // No leaves are in every tree; the only thing to check is that the root is that of no leaves.
  if (start === end) return proof.length === 0 && isHash(subtreeRoot) && sameBytes(subtreeRoot, emptyRoot())
  return isSubtree({ start, end }) && leadsTo(claim)
}

/** Recomputes both roots from the proof, walking the only way there is for these sizes. */
function leadsTo({ start, end, size, subtreeRoot, root, proof }: SubtreeOf): boolean {
  if (!(subtreeRoot instanceof Uint8Array) || !(root instanceof Uint8Array) || !Array.isArray(proof)) return false
  const { base, steps } = pathFrom({ start, end }, size)
  // RFC 9162 §2.1.4.2, first step: trees of one size are compared as they are, nothing is hashed.
  if (steps.length === 0) return proof.length === 0 && sameBytes(subtreeRoot, root)
  const given = base.start === start
  if (proof.length !== steps.length + (given ? 0 : 1) || !isHash(subtreeRoot) || !proof.every(isHash)) return false
  const [first, ...siblings] = given ? [subtreeRoot, ...proof] : proof
  if (first === undefined) return false
  let inner = first
  let outer = first
  for (const [level, sibling] of siblings.entries()) {
    const step = steps[level]
    if (step?.inside) inner = nodeHash(sibling, inner)
    outer = step?.side === 'left' ? nodeHash(sibling, outer) : nodeHash(outer, sibling)
  }
  return sameBytes(inner, subtreeRoot) && sameBytes(outer, root)
}
