// Every proof verifies, and nothing that was tampered with does.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { emptyRoot, type Hash, nodeHash } from './hash.ts'
import { leavesOf, naiveRoot } from './naive-tree.ts'
import { pathFrom, type Range } from './path.ts'
import { makeConsistencyProof, makeInclusionProof, makeSubtreeProof } from './proof.ts'
import { verifyConsistency, verifyInclusion, verifySubtreeConsistency, verifySubtreeInclusion } from './verify.ts'

const MAX = 70
const from = (leaves: readonly Hash[]) => (start: number, end: number) => leaves.slice(start, end)
const flipped = (hash: Hash, bit: number): Hash =>
  hash.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

/** Every way to spoil a proof: one bit of one hash, one hash dropped, doubled, added, cut short, two exchanged. */
function spoiled(proof: readonly Hash[], bit: number, stranger: Hash): Hash[][] {
  const ways = [
    [stranger, ...proof],
    [...proof, stranger],
    [...proof, new Uint8Array()],
  ]
  for (const [at, hash] of proof.entries()) {
    ways.push(proof.with(at, flipped(hash, bit)), proof.with(at, hash.subarray(1)), proof.toSpliced(at, 1))
    ways.push(proof.toSpliced(at, 0, hash))
    const after = proof[at + 1]
    if (after !== undefined) ways.push(proof.with(at, after).with(at + 1, hash))
  }
  return ways
}

const range = fc
  .integer({ min: 1, max: MAX })
  .chain((size) => fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.constant(size)))
const bit = fc.integer({ min: 0, max: 255 })

describe('An inclusion proof', () => {
  test('verifies for its leaf, and for no other leaf, root, index or proof', async () => {
    await fc.assert(
      fc.asyncProperty(range, bit, async ([index, size], bit) => {
        const leaves = leavesOf(size)
        const leaf = leaves[index] ?? assert.fail()
        const good = {
          index: BigInt(index),
          size: BigInt(size),
          leaf,
          root: naiveRoot(leaves),
          proof: await makeInclusionProof(from(leaves), { index, size }),
        }
        assert.ok(verifyInclusion(good))
        assert.ok(!verifyInclusion({ ...good, leaf: flipped(leaf, bit) }))
        assert.ok(!verifyInclusion({ ...good, root: flipped(good.root, bit) }))
        for (let other = -1; other <= size + 1; other++)
          if (other !== index) assert.ok(!verifyInclusion({ ...good, index: BigInt(other) }), `index ${other}`)
        for (const proof of spoiled(good.proof, bit, leavesOf(1, 1)[0] ?? assert.fail()))
          assert.ok(!verifyInclusion({ ...good, proof }))
      }),
    )
  })

  test('verifies for another size only where that size asks for the very same steps', async () => {
    await fc.assert(
      fc.asyncProperty(range, async ([index, size]) => {
        const leaves = leavesOf(size)
        const leaf = leaves[index] ?? assert.fail()
        const proof = await makeInclusionProof(from(leaves), { index, size })
        const steps = (size: number) =>
          pathFrom({ start: BigInt(index), end: BigInt(index + 1) }, BigInt(size))
            .steps.map((step) => step.side)
            .join()
        for (let other = 0; other < 2 * MAX; other++) {
          const same = other > index && steps(other) === steps(size)
          const verified = verifyInclusion({
            index: BigInt(index),
            size: BigInt(other),
            leaf,
            root: naiveRoot(leaves),
            proof,
          })
          assert.equal(verified, same, `size ${other} for ${size}`)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('A consistency proof', () => {
  test('verifies between any two sizes, and for no other roots, first size or proof', async () => {
    await fc.assert(
      fc.asyncProperty(range, bit, async ([before, size2], bit) => {
        const size1 = before + 1
        const leaves = leavesOf(size2)
        const good = {
          size1: BigInt(size1),
          size2: BigInt(size2),
          root1: naiveRoot(leaves.slice(0, size1)),
          root2: naiveRoot(leaves),
          proof: await makeConsistencyProof(from(leaves), { size1, size2 }),
        }
        assert.ok(verifyConsistency(good))
        assert.ok(!verifyConsistency({ ...good, root1: flipped(good.root1, bit) }))
        assert.ok(!verifyConsistency({ ...good, root2: flipped(good.root2, bit) }))
        assert.equal(verifyConsistency({ ...good, root1: good.root2, root2: good.root1 }), size1 === size2)
        for (let other = -1; other <= size2 + 1; other++)
          if (other !== size1) assert.ok(!verifyConsistency({ ...good, size1: BigInt(other) }), `size1 ${other}`)
        for (const proof of spoiled(good.proof, bit, leavesOf(1, 1)[0] ?? assert.fail()))
          assert.ok(!verifyConsistency({ ...good, proof }))
      }),
    )
  })

  test('cannot join a log to one whose past was rewritten', async () => {
    await fc.assert(
      fc.asyncProperty(range, fc.nat(), async ([before, size2], pick) => {
        const size1 = before + 1
        const leaves = leavesOf(size2)
        const rewritten = leaves.with(pick % size1, leavesOf(1, 1)[0] ?? assert.fail())
        for (const source of [leaves, rewritten])
          assert.ok(
            !verifyConsistency({
              size1: BigInt(size1),
              size2: BigInt(size2),
              root1: naiveRoot(leaves.slice(0, size1)),
              root2: naiveRoot(rewritten),
              proof: await makeConsistencyProof(from(source), { size1, size2 }),
            }),
          )
      }),
    )
  })

  test('from the empty tree leads only to the empty tree', () => {
    const [leaf] = leavesOf(1)
    const empty = { size1: 0n, root1: emptyRoot(), proof: [] }
    assert.ok(verifyConsistency({ ...empty, size2: 0n, root2: emptyRoot() }))
    assert.ok(!verifyConsistency({ ...empty, size2: 1n, root2: leaf ?? assert.fail() }))
    assert.ok(!verifyConsistency({ ...empty, size2: 0n, root2: leaf ?? assert.fail() }))
  })
})

describe('Subtree proofs', () => {
  test('verify for every subtree of every small tree, and for no other range', async () => {
    for (let size = 1; size <= 17; size++) {
      const leaves = leavesOf(size)
      const root = naiveRoot(leaves)
      for (const { start, end } of subtrees(size)) {
        const subtreeRoot = naiveRoot(leaves.slice(start, end))
        const proof = await makeSubtreeProof(from(leaves), { start, end, size })
        for (const other of subtrees(size)) {
          const claim = {
            start: BigInt(other.start),
            end: BigInt(other.end),
            size: BigInt(size),
            subtreeRoot,
            root,
            proof,
          }
          assert.equal(verifySubtreeConsistency(claim), other.start === start && other.end === end)
        }
        for (let index = start; index < end; index++) {
          const leaf = leaves[index] ?? assert.fail()
          const proof = await makeInclusionProof(from(leaves.slice(start, end)), {
            index: index - start,
            size: end - start,
          })
          const claim = { index: BigInt(index), start: BigInt(start), end: BigInt(end), leaf, root: subtreeRoot, proof }
          assert.ok(verifySubtreeInclusion(claim))
          assert.ok(!verifySubtreeInclusion({ ...claim, index: claim.index + 1n }))
        }
      }
    }
  })

  function subtrees(size: number): { start: number; end: number }[] {
    const all = []
    for (let start = 0; start < size; start++)
      for (let end = start + 1; end <= size; end++)
        if (start % 2 ** Math.ceil(Math.log2(end - start)) === 0) all.push({ start, end })
    return all
  }
})

describe('Verifying', () => {
  test('is exact up to 64-bit sizes', () => {
    // Where all leaves are alike, the root of any range follows from its length alone.
    const leaf = leavesOf(1)[0] ?? assert.fail()
    const known = new Map<bigint, Hash>([[1n, leaf]])
    const alike = (length: bigint): Hash => {
      const before = known.get(length)
      if (before !== undefined) return before
      const k = 1n << BigInt((length - 1n).toString(2).length - 1)
      const root = nodeHash(alike(k), alike(length - k))
      known.set(length, root)
      return root
    }
    const root = ({ start, end }: Range) => alike(end - start)
    const index64 = fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 3n })
    fc.assert(
      fc.property(index64, index64, (a, b) => {
        const [index, size] = a < b ? [a, b + 1n] : [b, a + 1n]
        const proof = pathFrom({ start: index, end: index + 1n }, size).steps.map((step) => root(step.sibling))
        assert.ok(verifyInclusion({ index, size, leaf, root: alike(size), proof }))
        assert.ok(!verifyInclusion({ index, size, leaf, root: alike(size + 1n), proof }))
        const { base, steps } = pathFrom({ start: 0n, end: index }, size)
        const siblings = steps.map((step) => root(step.sibling))
        const history = base.start === 0n ? siblings : [root(base), ...siblings]
        const claim = { size1: index, size2: size, root1: alike(index), root2: alike(size), proof: history }
        assert.ok(verifyConsistency(claim))
        assert.ok(!verifyConsistency({ ...claim, root1: alike(index - 1n) }))
      }),
    )
  })

  const anything = fc.oneof(
    fc.anything(),
    fc.bigInt(),
    fc.constantFrom(2n ** 64n, 10n ** 5000n),
    fc.uint8Array(),
    fc.array(fc.oneof(fc.anything(), fc.uint8Array())),
  )

  test('answers false to anything malformed, whatever its type', () => {
    const fields = ['index', 'start', 'end', 'size', 'size1', 'size2', 'leaf', 'root', 'root1', 'root2', 'subtreeRoot']
    const input = fc.record(Object.fromEntries([...fields, 'proof'].map((field) => [field, anything])))
    const verifiers = [verifyInclusion, verifyConsistency, verifySubtreeInclusion, verifySubtreeConsistency]
    fc.assert(
      fc.property(input, (claim) => {
        for (const verifier of verifiers) assert.equal(Reflect.apply(verifier, undefined, [claim]), false)
      }),
      { numRuns: 500 },
    )
  })

  test('answers false when one part of a good proof is something else', async () => {
    const leaves = leavesOf(13)
    const root = naiveRoot(leaves)
    const inclusion = await makeInclusionProof(from(leaves), { index: 5, size: 13 })
    const consistency = await makeConsistencyProof(from(leaves), { size1: 6, size2: 13 })
    const [start, end, size] = [0n, 6n, 13n]
    const root1 = naiveRoot(leaves.slice(0, 6))
    const good: [(claim: never) => boolean, object][] = [
      [verifyInclusion, { index: 5n, size, leaf: leaves[5], root, proof: inclusion }],
      [verifySubtreeInclusion, { index: 5n, start, end: 13n, leaf: leaves[5], root, proof: inclusion }],
      [verifyConsistency, { size1: end, size2: size, root1, root2: root, proof: consistency }],
      [verifySubtreeConsistency, { start, end, size, subtreeRoot: root1, root, proof: consistency }],
    ]
    for (const [verifier, claim] of good) {
      assert.equal(Reflect.apply(verifier, undefined, [claim]), true)
      for (const [field, value] of Object.entries(claim))
        fc.assert(
          fc.property(anything, (other) => {
            // Bigints stay out: sizes that ask for the very same steps are no malformed input.
            if (isDeepStrictEqual(other, value) || (typeof other === 'bigint' && other < 100n)) return
            assert.equal(Reflect.apply(verifier, undefined, [{ ...claim, [field]: other }]), false)
          }),
        )
    }
  })
})
