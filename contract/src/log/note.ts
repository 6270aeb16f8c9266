// Signed notes (C2SP signed-note): a text, an empty line, and lines of `— name base64(key hash ‖ signature)`.
import { type KeyObject, sign, verify } from 'node:crypto'
import { sameBytes } from './hash.ts'
import { exactBase64, hasControl, isKeyName, type VerifierKey, verifierKey } from './verifier-key.ts'

// Verifiers must accept 16 signatures and should have a limit; post-quantum signatures are up to 5 kB each.
const MAX_SIGNATURES = 64
const MAX_LENGTH = 1 << 20

interface Signature {
  name: string
  keyHash: Uint8Array
  signature: Uint8Array
}

/** Throws a RangeError when `text` cannot be the text of a note: it ends in a newline and has no control characters. */
export function signNote(text: string, { name, privateKey }: { name: string; privateKey: KeyObject }): string {
  const { keyHash } = verifierKey(name, privateKey)
  const signature = sign(null, Buffer.from(text), privateKey)
  const note = `${text}\n— ${name} ${Buffer.concat([keyHash, signature]).toString('base64')}\n`
  if (readNote(note)?.text !== text) throw new RangeError('this text cannot be signed as a note')
  return note
}

/** The text of `note` when `key` signed it; undefined when it did not, or the note is malformed. */
export function openNote(note: string, key: VerifierKey): string | undefined {
  const read = readNote(note)
  if (read === undefined) return undefined
  // Both must match: signatures of unknown keys are ignored even if they share the name or the hash.
  const ours = read.signatures.filter(({ name, keyHash }) => name === key.name && sameBytes(keyHash, key.keyHash))
  const text = Buffer.from(read.text)
  // A failed signature of a known key condemns the whole note, whatever else it carries.
  const signed = ours.length > 0 && ours.every(({ signature }) => verify(null, text, key.publicKey, signature))
  return signed ? read.text : undefined
}

function readNote(note: string): { text: string; signatures: Signature[] } | undefined {
  if (note.length > MAX_LENGTH || !note.isWellFormed() || hasControl(note.replaceAll('\n', ''))) return undefined
  // The text may hold empty lines itself: the last one ends it.
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) return undefined
  const lines = note.slice(end + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) return undefined
  const signatures = lines.map(readSignature).filter((signature) => signature !== undefined)
  return signatures.length === lines.length ? { text: note.slice(0, end + 1), signatures } : undefined
}

function readSignature(line: string): Signature | undefined {
  const [dash, name = '', base64 = '', ...more] = line.split(' ')
  const bytes = exactBase64(base64)
  if (dash !== '—' || !isKeyName(name) || bytes === undefined || bytes.length < 5 || more.length > 0) return undefined
  return { name, keyHash: bytes.subarray(0, 4), signature: bytes.subarray(4) }
}
