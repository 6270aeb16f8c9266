// The published vectors of RFC 6962 and RFC 9162 trees, run against the code that the server and the CLI use.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  append,
  emptyFrontier,
  leafHash,
  makeConsistencyProof,
  makeInclusionProof,
  makeSubtreeProof,
  rootOf,
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from '@mandate/contract/log'
import { hash, integer, proof, suiteFile, type Vector, vectorsOf } from './vectors.ts'

const exams: Record<string, (vector: Vector) => boolean> = {
  'inclusion.json': (vector) =>
    verifyInclusion({
      index: integer(vector, 'index'),
      size: integer(vector, 'size'),
      leaf: hash(vector, 'leaf'),
      root: hash(vector, 'root'),
      proof: proof(vector),
    }),
  'consistency.json': (vector) =>
    verifyConsistency({
      size1: integer(vector, 'size1'),
      size2: integer(vector, 'size2'),
      root1: hash(vector, 'root1'),
      root2: hash(vector, 'root2'),
      proof: proof(vector),
    }),
  'subtree-inclusion.json': (vector) =>
    verifySubtreeInclusion({
      index: integer(vector, 'index'),
      start: integer(vector, 'start'),
      end: integer(vector, 'end'),
      leaf: hash(vector, 'leaf'),
      root: hash(vector, 'root'),
      proof: proof(vector),
    }),
  'subtree-consistency.json': (vector) =>
    verifySubtreeConsistency({
      start: integer(vector, 'start'),
      end: integer(vector, 'end'),
      size: integer(vector, 'size'),
      subtreeRoot: hash(vector, 'subtreeRoot'),
      root: hash(vector, 'root'),
      proof: proof(vector),
    }),
}

describe('Published proofs', () => {
  for (const [file, verify] of Object.entries(exams))
    test(`of ${file} are accepted exactly when they are valid`, (context) => {
      const vectors = vectorsOf(file)
      const wrong = vectors.filter((vector) => verify(vector) !== vector.valid).map(({ id, valid }) => ({ id, valid }))
      assert.deepEqual(wrong, [])
      context.diagnostic(`${vectors.length} vectors`)
    })
})

describe('The published tree', () => {
  function tree() {
    const { leaves, leafHashes, roots } = suiteFile('tree.json') as Record<string, string[] | undefined>
    const [data, hashes, expected] = [leaves, leafHashes, roots].map((list) =>
      list?.map((hex) => Buffer.from(hex, 'hex')),
    )
    assert.ok(data && hashes && expected && data.length > 0, 'tree.json holds no leaves')
    assert.equal(hashes.length, data.length)
    assert.equal(expected.length, data.length + 1)
    const source = (start: number, end: number) => hashes.slice(start, end)
    const root = (size: number) => expected[size] ?? assert.fail(`no root of ${size}`)
    return { data, hashes, source, root, sizes: Array.from(data, (_, at) => at + 1) }
  }

  test('has the published leaf hashes', () => {
    const { data, hashes } = tree()
    assert.deepEqual(data.map(leafHash), hashes)
  })

  test('has the published root at every size', () => {
    const { hashes, root, sizes } = tree()
    for (const size of [0, ...sizes]) assert.deepEqual(rootOf(append(emptyFrontier, hashes.slice(0, size))), root(size))
  })

  test('has an inclusion proof of every leaf at every size, which verifies', async () => {
    const { hashes, source, root, sizes } = tree()
    for (const size of sizes)
      for (const [index, leaf] of hashes.slice(0, size).entries()) {
        const proof = await makeInclusionProof(source, { index, size })
        assert.ok(verifyInclusion({ index: BigInt(index), size: BigInt(size), leaf, root: root(size), proof }))
      }
  })

  test('has a consistency proof between every two sizes, which verifies', async () => {
    const { source, root, sizes } = tree()
    for (const size2 of sizes)
      for (const size1 of sizes.slice(0, size2)) {
        const proof = await makeConsistencyProof(source, { size1, size2 })
        const claim = { size1: BigInt(size1), size2: BigInt(size2), root1: root(size1), root2: root(size2), proof }
        assert.ok(verifyConsistency(claim))
      }
  })

  test('has a proof of every subtree at every size, which verifies', async () => {
    const { hashes, source, root, sizes } = tree()
    let made = 0
    for (const size of sizes)
      for (const end of sizes.slice(0, size))
        for (let start = 0; start < end; start++) {
          if (start % 2 ** Math.ceil(Math.log2(end - start)) !== 0) continue
          const subtreeRoot = rootOf(append(emptyFrontier, hashes.slice(start, end)))
          const proof = await makeSubtreeProof(source, { start, end, size })
          const range = { start: BigInt(start), end: BigInt(end), size: BigInt(size) }
          assert.ok(verifySubtreeConsistency({ ...range, subtreeRoot, root: root(size), proof }))
          made += 1
        }
    assert.ok(made > 0)
  })
})
