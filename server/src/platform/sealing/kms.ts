// Key management: who holds the master key wraps the keys of records, and never gives the master key out.

/** A record's data key, encrypted under the master key that `keyId` names. */
export interface WrappedKey {
  keyId: string
  bytes: Buffer
}

/**
 * `context` is bound to the wrapped key and must be given again, byte for byte, to unwrap it.
 * `unwrap` throws `SealBroken` for an unknown key id or for bytes that do not authenticate; when the key
 * management itself is out of reach it throws something else, so that an outage is never taken for tampering.
 */
export interface KeyManagement {
  /** The primary key's id, 1 to 64 characters of `A-Z a-z 0-9 _ -`. It is written into every sealed string. */
  readonly keyId: string
  /** Names the primary key so that a database can remember which key it belongs to. Reveals nothing of it. */
  fingerprint(): string
  wrap(dataKey: Buffer, context: string): Promise<WrappedKey>
  unwrap(wrapped: WrappedKey, context: string): Promise<Buffer>
}
