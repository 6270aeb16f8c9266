// The frontier against the definition of the tree.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { append, deserialiseFrontier, emptyFrontier, rootOf, serialiseFrontier } from './frontier.ts'
import { emptyRoot, entryHash, leafHash } from './hash.ts'
import { leavesOf, naiveRoot } from './naive-tree.ts'

describe('The frontier', () => {
  test('has the root that RFC 9162 defines, at every size and however the leaves were batched', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }), fc.nat(), (batches, tree) => {
        const leaves = leavesOf(
          batches.reduce((sum, batch) => sum + batch, 0),
          tree,
        )
        let frontier = emptyFrontier
        for (const batch of batches) frontier = append(frontier, leaves.slice(frontier.size, frontier.size + batch))
        assert.equal(frontier.size, leaves.length)
        assert.deepEqual(rootOf(frontier), naiveRoot(leaves))
      }),
    )
  })

  test('has the root of nothing when nothing was appended', () => {
    assert.deepEqual(rootOf(emptyFrontier), emptyRoot())
    assert.deepEqual(rootOf(append(emptyFrontier, [])), emptyRoot())
  })

  test('leaves the frontier it grew from as it was, so that a failed commit can be tried again', () => {
    const before = append(emptyFrontier, leavesOf(7))
    const root = rootOf(before)
    append(before, leavesOf(9, 1))
    assert.equal(before.size, 7)
    assert.deepEqual(rootOf(before), root)
  })

  test('goes on growing after it was stored and read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 70 }), (stored, more) => {
        const leaves = leavesOf(stored + more)
        const kept = serialiseFrontier(append(emptyFrontier, leaves.slice(0, stored)))
        assert.deepEqual(rootOf(append(deserialiseFrontier(kept), leaves.slice(stored))), naiveRoot(leaves))
      }),
    )
  })

  test('refuses stored bytes that are cut, longer, or of another size', () => {
    const bytes = serialiseFrontier(append(emptyFrontier, leavesOf(6)))
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => deserialiseFrontier(bytes.subarray(0, length)), RangeError)
    assert.throws(() => deserialiseFrontier(Buffer.concat([bytes, leafHash(Buffer.of())])), RangeError)
    assert.throws(() => deserialiseFrontier(Buffer.from(bytes).fill(0xff, 0, 8)), RangeError)
    assert.throws(() => deserialiseFrontier(Buffer.from(bytes).fill(7, 7, 8)), RangeError)
  })

  test('counts exactly up to 2^53 − 1 leaves, and takes no more', () => {
    const size = Number.MAX_SAFE_INTEGER - 1
    const peaks = leavesOf(52)
    const full = append({ size, peaks }, leavesOf(1, 1))
    assert.equal(full.size, Number.MAX_SAFE_INTEGER)
    assert.equal(full.peaks.length, 53)
    assert.deepEqual(deserialiseFrontier(serialiseFrontier(full)), full)
    assert.throws(() => append(full, leavesOf(1, 2)), RangeError)
    const half = append({ size: 2 ** 52 - 1, peaks }, leavesOf(1, 1))
    assert.equal(half.peaks.length, 1)
  })

  test('refuses what is no leaf hash, and a size that its subtrees cannot have', () => {
    assert.throws(() => append(emptyFrontier, [new Uint8Array(31)]), RangeError)
    assert.throws(() => append({ size: 3, peaks: leavesOf(1) }, leavesOf(1, 1)), RangeError)
  })
})

describe('The hash of an entry', () => {
  test('is that of its UTF-8 bytes', () => {
    assert.deepEqual(entryHash('{"für":"€"}'), leafHash(Buffer.from('{"für":"€"}', 'utf8')))
  })

  test('does not exist for a lone surrogate, which would hash like the replacement character', () => {
    assert.throws(() => entryHash('a\ud800b'), RangeError)
    assert.doesNotThrow(() => entryHash('a\ufffdb'))
  })
})
