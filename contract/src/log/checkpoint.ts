// Checkpoints (C2SP tlog-checkpoint 1.0.0): the size and root of the log at one moment, as a signed note.
import type { KeyObject } from 'node:crypto'
import { type Hash, isHash } from './hash.ts'
import { openNote, signNote } from './note.ts'
import { exactBase64, type VerifierKey } from './verifier-key.ts'

export interface Checkpoint {
  /** The name of the log, and of its key. */
  origin: string
  size: number
  root: Hash
}

/** Throws a RangeError when the parts do not make a checkpoint. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
  if (parseCheckpoint(text)?.origin !== origin) throw new RangeError('an origin, a size and a root make a checkpoint')
  return text
}

/** The text of a checkpoint, without signatures. Undefined when malformed, or beyond 2^53 − 1 leaves. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', digits = '', base64 = '', ...rest] = text.split('\n')
  // After the last newline comes nothing; before it, extension lines: any, but none empty. Ours has none.
  if (rest.pop() !== '' || rest.includes('') || origin === '') return undefined
  if (!/^(0|[1-9][0-9]{0,15})$/.test(digits)) return undefined
  const size = Number(digits)
  const root = exactBase64(base64)
  return Number.isSafeInteger(size) && isHash(root) ? { origin, size, root } : undefined
}

/** The key goes by the name of the log, as tlog-checkpoint asks. */
export const signCheckpoint = (checkpoint: Checkpoint, privateKey: KeyObject): string =>
  signNote(formatCheckpoint(checkpoint), { name: checkpoint.origin, privateKey })

/** Undefined when `note` is no checkpoint of the log that `key` belongs to, signed by it. */
export function openCheckpoint(note: string, key: VerifierKey): Checkpoint | undefined {
  const text = openNote(note, key)
  const checkpoint = text === undefined ? undefined : parseCheckpoint(text)
  // The specification says SHOULD; here it must, or one log could stand in for another that shares its key.
  return checkpoint?.origin === key.name ? checkpoint : undefined
}
