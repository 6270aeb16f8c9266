// The tree, proofs and checkpoints of the audit log: what the server writes with and anyone can verify with.
export { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts'
export {
  append,
  deserialiseFrontier,
  emptyFrontier,
  type Frontier,
  rootOf,
  serialiseFrontier,
} from './frontier.ts'
export { emptyRoot, entryHash, type Hash, isHash, leafHash, nodeHash, sameBytes } from './hash.ts'
export { openNote, signNote } from './note.ts'
export type { Range } from './path.ts'
export { type LeafHashes, makeConsistencyProof, makeInclusionProof, makeSubtreeProof, proofRanges } from './proof.ts'
export { formatVerifierKey, parseVerifierKey, type VerifierKey, verifierKey } from './verifier-key.ts'
export {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from './verify.ts'
