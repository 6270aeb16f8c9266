// Offline verification of the audit log: the entries alone, against signed checkpoints and the key the verifier trusts.
import {
  append,
  type Checkpoint,
  emptyFrontier,
  entryHash,
  type Frontier,
  openCheckpoint,
  parseVerifierKey,
  rootOf,
  sameBytes,
  type VerifierKey,
} from '@mandate/contract/log'
import { type Failure, failures, summary } from './audit-report.ts'

export interface VerifyReport {
  /** `uncovered`: all that was signed is intact, but entries follow that no checkpoint speaks for. */
  result: 'verified' | 'uncovered' | 'failed'
  /** What was found, for a person. */
  sentence: string
  /** Entries read; none are read when the checkpoints themselves are bad. */
  entries: number
  /** Entries proven to be those that were signed: the size of the last checkpoint before anything failed. */
  proven: number
  /** Entries after the last checkpoint, of which nothing is proven. */
  beyond: number
  /** Base64 root of the entries read. */
  root: string
  failure?: Failure
}

/**
 * Reads every entry once, in constant memory. `entries` are the exact texts, one for each leaf, in order; an error they
 * throw is passed on. `checkpoints` are signed notes, oldest first. A log cut back to an older checkpoint is whole in
 * itself: only a newer checkpoint, kept elsewhere, shows what is missing.
 */
export async function verifyLog({
  entries,
  checkpoints,
  verifierKey,
}: {
  entries: AsyncIterable<string>
  checkpoints: readonly string[]
  verifierKey: string
}): Promise<VerifyReport> {
  const key = parseVerifierKey(verifierKey)
  if (key === undefined) return report({ failure: failures.verifierKey() })
  const signed = openAll(checkpoints, key)
  if (!Array.isArray(signed)) return report({ failure: signed })
  return report(await compare(entries, signed))
}

/** The checkpoints, when each is signed and none takes back what an earlier one said. */
function openAll(notes: readonly string[], key: VerifierKey): Checkpoint[] | Failure {
  if (notes.length === 0) return failures.noCheckpoint()
  const opened: Checkpoint[] = []
  for (const [at, note] of notes.entries()) {
    const checkpoint = openCheckpoint(note, key)
    if (checkpoint === undefined) return failures.signature({ number: at + 1, of: notes.length, name: key.name })
    const before = opened.at(-1)
    if (before !== undefined && checkpoint.size < before.size)
      return failures.order({ number: at + 1, size: checkpoint.size, before: before.size })
    if (before?.size === checkpoint.size && !sameBytes(before.root, checkpoint.root))
      return failures.fork({ from: checkpoint.size, to: checkpoint.size })
    opened.push(checkpoint)
  }
  return opened
}

interface Comparison {
  frontier?: Frontier
  proven?: number
  last?: number
  failure?: Failure
}

async function compare(entries: AsyncIterable<string>, checkpoints: readonly Checkpoint[]): Promise<Comparison> {
  const last = checkpoints.at(-1)?.size ?? 0
  let frontier = emptyFrontier
  let proven = 0
  let wrong: { from: number; to: number } | undefined
  let next = 0

  const settle = (): Failure | undefined => {
    for (let checkpoint = checkpoints[next]; checkpoint?.size === frontier.size; checkpoint = checkpoints[++next]) {
      const same = sameBytes(checkpoint.root, rootOf(frontier))
      // Entries that match a later checkpoint are all as signed then, so the earlier one was signed for other entries.
      if (same && wrong !== undefined) return failures.fork({ from: wrong.to, to: checkpoint.size })
      if (same) proven = checkpoint.size
      else wrong ??= { from: proven, to: checkpoint.size }
    }
    return undefined
  }

  let failure = settle()
  for await (const entry of entries) {
    if (failure !== undefined) break
    if (!entry.isWellFormed()) {
      failure = failures.notText({ number: frontier.size + 1, from: proven })
      break
    }
    frontier = append(frontier, [entryHash(entry)])
    failure = settle()
  }
  if (failure === undefined) {
    const missing = Math.max(0, last - frontier.size)
    if (wrong !== undefined) failure = failures.altered({ ...wrong, missing })
    else if (missing > 0)
      failure = failures.missing({ entries: frontier.size, from: proven, to: checkpoints[next]?.size ?? last, last })
  }
  return { frontier, proven, last, failure }
}

function report({ frontier = emptyFrontier, proven = 0, last = frontier.size, failure }: Comparison): VerifyReport {
  const entries = frontier.size
  const beyond = Math.max(0, entries - last)
  return {
    result: failure !== undefined ? 'failed' : beyond > 0 ? 'uncovered' : 'verified',
    sentence: failure?.sentence ?? summary({ entries, beyond }),
    entries,
    proven,
    beyond,
    root: Buffer.from(rootOf(frontier)).toString('base64'),
    failure,
  }
}
