// Key management without a service: a ring of master keys in this process. The first wraps, all may unwrap.
import { createHmac, hkdfSync, type KeyObject } from 'node:crypto'
import { decrypt, encrypt, KEY_BYTES, keyObject } from './cipher.ts'
import type { KeyManagement, WrappedKey } from './kms.ts'
import { SealBroken } from './seal-broken.ts'

const FINGERPRINT_LABEL = 'mandate/master-key/fingerprint/1'
const WRAPPING_LABEL = 'mandate/master-key/wrapping/1'

/** 64 hex characters that name a master key: a keyed hash of a constant, so it tells nothing about the key. */
const fingerprintOf = (masterKey: Buffer): string =>
  createHmac('sha256', masterKey).update(FINGERPRINT_LABEL).digest('hex')

/** `masterKeys`: 32 bytes each, the primary first, no key twice. */
export function localKeys(masterKeys: readonly Buffer[]): KeyManagement {
  const ring = new Map<string, KeyObject>()
  for (const masterKey of masterKeys) {
    if (masterKey.length !== KEY_BYTES) throw new TypeError('A master key has exactly 32 bytes.')
    const keyId = fingerprintOf(masterKey).slice(0, 16)
    if (ring.has(keyId)) throw new TypeError('A master key stands twice in the ring.')
    // Wrapping has its own key, so that no use of the fingerprint's HMAC can ever speak about the cipher (RFC 5869).
    const wrappingKey = hkdfSync('sha256', masterKey, '', WRAPPING_LABEL, KEY_BYTES)
    ring.set(keyId, keyObject(Buffer.from(wrappingKey)))
  }
  const [primaryKey] = masterKeys
  const [primary] = ring
  if (!primaryKey || !primary) throw new TypeError('The ring of master keys is empty.')
  const [keyId, wrappingKey] = primary
  const fingerprint = fingerprintOf(primaryKey)

  return {
    keyId,
    fingerprint: () => fingerprint,
    wrap: async (dataKey, context) => ({ keyId, bytes: encrypt(wrappingKey, dataKey, context) }),
    unwrap: async (wrapped: WrappedKey, context) => {
      const key = ring.get(wrapped.keyId)
      if (!key) throw new SealBroken('unknown_key')
      return decrypt(key, wrapped.bytes, context)
    },
  }
}
