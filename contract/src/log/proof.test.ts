// Proofs as made, against the definitions of RFC 9162.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Hash } from './hash.ts'
import { leavesOf, naiveConsistencyProof, naiveInclusionProof, naiveRoot } from './naive-tree.ts'
import { makeConsistencyProof, makeInclusionProof, makeSubtreeProof, proofRanges } from './proof.ts'

const from = (leaves: readonly Hash[]) => (start: number, end: number) => leaves.slice(start, end)

describe('Making proofs', () => {
  test('gives the inclusion proof of RFC 9162 §2.1.3.1 for every leaf of every tree', async () => {
    for (let size = 1; size <= 33; size++) {
      const leaves = leavesOf(size)
      for (let index = 0; index < size; index++)
        assert.deepEqual(await makeInclusionProof(from(leaves), { index, size }), naiveInclusionProof(index, leaves))
    }
  })

  test('gives the consistency proof of RFC 9162 §2.1.4.1 between any two sizes', async () => {
    for (let size2 = 1; size2 <= 33; size2++) {
      const leaves = leavesOf(size2)
      for (let size1 = 1; size1 <= size2; size1++)
        assert.deepEqual(
          await makeConsistencyProof(from(leaves), { size1, size2 }),
          naiveConsistencyProof(size1, leaves),
        )
    }
  })

  test('reads leaves that arrive one by one', async () => {
    const leaves = leavesOf(21)
    const slowly = async function* (start: number, end: number) {
      yield* leaves.slice(start, end)
    }
    assert.deepEqual(await makeInclusionProof(slowly, { index: 8, size: 21 }), naiveInclusionProof(8, leaves))
  })

  test('refuses a source that holds fewer leaves than the tree has', async () => {
    await assert.rejects(makeInclusionProof(from(leavesOf(6)), { index: 0, size: 7 }), RangeError)
  })

  test('names the nodes of a proof without reading a leaf, in a tree near 2^53', () => {
    const size = Number.MAX_SAFE_INTEGER
    const ranges = proofRanges({ start: size - 1, end: size, size })
    assert.equal(ranges.length, 52)
    assert.deepEqual(ranges.at(-1), { start: 0n, end: 2n ** 52n })
  })

  test('gives a proof of a subtree, and refuses ranges that are none', async () => {
    const leaves = leavesOf(8)
    const proof = await makeSubtreeProof(from(leaves), { start: 4, end: 7, size: 8 })
    assert.deepEqual(proof, [leaves[6], leaves[7], naiveRoot(leaves.slice(4, 6)), naiveRoot(leaves.slice(0, 4))])
    for (const [start, end] of [
      [1, 3],
      [2, 6],
      [3, 3],
      [5, 4],
      [-1, 0],
      [0, 9],
      [0.5, 1],
      [0, Number.NaN],
    ] as const)
      await assert.rejects(makeSubtreeProof(from(leaves), { start, end, size: 8 }), RangeError)
  })

  test('gives no proof for a leaf outside the tree, nor from the empty tree or a larger one', async () => {
    const anything = fc.oneof(fc.integer({ min: -3, max: 12 }), fc.double())
    await fc.assert(
      fc.asyncProperty(anything, anything, async (a, b) => {
        const leaves = from(leavesOf(12))
        const whole = Number.isInteger(a) && Number.isInteger(b)
        if (!(whole && a >= 0 && a < b && b <= 12))
          await assert.rejects(makeInclusionProof(leaves, { index: a, size: b }), RangeError)
        if (!(whole && a > 0 && a <= b && b <= 12))
          await assert.rejects(makeConsistencyProof(leaves, { size1: a, size2: b }), RangeError)
      }),
    )
  })
})
