// Verifier keys of signed notes in their one-line form, `name+hash+key` (C2SP signed-note, Ed25519 as type 0x01).
import { createPublicKey, hash, type KeyObject } from 'node:crypto'

export interface VerifierKey {
  name: string
  /** The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key): tells keys of one name apart, proves nothing. */
  keyHash: Uint8Array
  publicKey: KeyObject
}

const ED25519 = 0x01
const PUBLIC_KEY_BYTES = 32

/** Non-empty, without Unicode spaces, plus signs and ASCII control characters. */
export const isKeyName = (name: string): boolean =>
  name !== '' && name.isWellFormed() && !/[\p{White_Space}+]/u.test(name) && !hasControl(name)

export const hasControl = (text: string): boolean => [...text].some((character) => character < ' ')

/** Standard base64 with padding and no stray bits, as it would be written again; undefined for anything else. */
export function exactBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** `publicKey` is Ed25519, or the private key to it. Throws a RangeError for another kind of key or a name that cannot be one. */
export function verifierKey(name: string, publicKey: KeyObject): VerifierKey {
  if (!isKeyName(name)) throw new RangeError('a key name is not empty and has no spaces and no plus sign')
  const raw = rawPublicKey(publicKey)
  return { name, keyHash: keyHashOf(name, raw), publicKey: fromRaw(raw) }
}

export function formatVerifierKey({ name, keyHash, publicKey }: VerifierKey): string {
  const typed = Buffer.concat([Uint8Array.of(ED25519), rawPublicKey(publicKey)])
  return `${name}+${Buffer.from(keyHash).toString('hex')}+${typed.toString('base64')}`
}

/** Undefined when `text` is not a verifier key of an Ed25519 key, or its hash is not that of its key. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  // The base64 part may hold plus signs itself; the name and the hash may not.
  const [, name = '', hex = '', base64 = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.+)$/su.exec(text) ?? []
  const typed = exactBase64(base64)
  if (!isKeyName(name) || typed?.length !== 1 + PUBLIC_KEY_BYTES || typed[0] !== ED25519) return undefined
  const raw = typed.subarray(1)
  const keyHash = keyHashOf(name, raw)
  return Buffer.from(keyHash).toString('hex') === hex ? { name, keyHash, publicKey: fromRaw(raw) } : undefined
}

const keyHashOf = (name: string, raw: Uint8Array): Uint8Array =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(ED25519), raw]), 'buffer').subarray(0, 4)

function rawPublicKey(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType !== 'ed25519') throw new RangeError('a log is signed with an Ed25519 key')
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
}

const fromRaw = (raw: Uint8Array): KeyObject =>
  createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') } })
