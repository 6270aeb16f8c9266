// The way from a subtree up to the root of its tree: which nodes a proof is made of, for makers and verifiers alike.
//
// An inclusion proof is the way from [index, index + 1), a consistency proof the way from [0, size1) (RFC 9162 §2.1.3.1,
// §2.1.4.1). Both are cases of the subtree consistency proof of draft-ietf-plants-merkle-tree-certs, so one walk serves all.

/** Leaves `start` to `end`, `end` excluded. */
export interface Range {
  start: bigint
  end: bigint
}

export interface Step {
  sibling: Range
  side: 'left' | 'right'
  /** The sibling holds leaves of the subtree itself, so the subtree's root is built from it too. */
  inside: boolean
}

export interface Path {
  /** The node the way starts from: the subtree, or its rightmost part when the subtree is no node of the tree. */
  base: Range
  /** Lowest first. */
  steps: Step[]
}

/** Sizes are 64 bits in every protocol that carries one; the bound also bounds the length of a walk. */
const LIMIT = 1n << 64n

const bitLength = (n: bigint) => BigInt(n.toString(2).length)
/** The smallest power of two that is at least `n`; `n` ≥ 1. */
const powerFrom = (n: bigint) => (n === 1n ? 1n : 1n << bitLength(n - 1n))
/** The largest power of two below `n`; `n` ≥ 2. */
const powerBelow = (n: bigint) => 1n << (bitLength(n - 1n) - 1n)

export const isSize = (value: unknown): value is bigint => typeof value === 'bigint' && value >= 0n && value < LIMIT

/** Subtrees start where a complete subtree of their width could: any other range has no short proof. */
export const isSubtree = ({ start, end }: Range): boolean =>
  isSize(start) && isSize(end) && start < end && start % powerFrom(end - start) === 0n

/** `subtree` must satisfy `isSubtree` and end within `size`. */
export function pathFrom(subtree: Range, size: bigint): Path {
  let { start } = subtree
  const { end } = subtree
  const node = { start: 0n, end: size }
  const steps: Step[] = []
  while (node.start !== start || node.end !== end) {
    const middle = node.start + powerBelow(node.end - node.start)
    if (end <= middle) {
      steps.push({ sibling: { start: middle, end: node.end }, side: 'right', inside: false })
      node.end = middle
    } else {
      const inside = start < middle
      steps.push({ sibling: { start: node.start, end: middle }, side: 'left', inside })
      node.start = middle
      if (inside) start = middle
    }
  }
  return { base: node, steps: steps.reverse() }
}
