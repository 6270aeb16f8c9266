// Envelope encryption: every record under a fresh key of its own, and that key under the master key, both bound to a place.
import { randomBytes } from 'node:crypto'
import { decrypt, encrypt, KEY_BYTES, keyObject } from './cipher.ts'
import type { KeyManagement, WrappedKey } from './kms.ts'
import { type Place, placeText } from './place.ts'
import { SealBroken } from './seal-broken.ts'

export interface Sealing {
  /** The sealed form of `plaintext`: ASCII, `s1.<key id>.<wrapped key>.<ciphertext>`. Sealing twice gives two strings. */
  seal(plaintext: string | Buffer, place: Place): Promise<string>
  /** The plaintext, which the caller should use and drop. Throws `SealBroken` unless `sealed` is whole and at home in `place`. */
  open(sealed: string, place: Place): Promise<Buffer>
  /** `sealed` under the primary master key, without touching the ciphertext; undefined when it already is. */
  rewrap(sealed: string, place: Place): Promise<string | undefined>
}

const VERSION = 's1'
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/
const WRAPPED_KEY = 'mandate/sealed/1/key'
const DATA = 'mandate/sealed/1/data'

interface Parts {
  wrapped: WrappedKey
  data: string
}

export function createSealing(kms: KeyManagement): Sealing {
  if (!KEY_ID.test(kms.keyId)) throw new TypeError('A key id is 1 to 64 letters, digits, "_" or "-".')

  const openKey = async (wrapped: WrappedKey, place: Place): Promise<Buffer> => {
    const dataKey = await kms.unwrap(wrapped, placeText(WRAPPED_KEY, place))
    if (dataKey.length !== KEY_BYTES) throw new SealBroken('malformed')
    return dataKey
  }

  return {
    async seal(plaintext, place) {
      const dataKey = randomBytes(KEY_BYTES)
      try {
        const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext
        const data = encrypt(keyObject(dataKey), bytes, placeText(DATA, place))
        const wrapped = await kms.wrap(dataKey, placeText(WRAPPED_KEY, place))
        return write(wrapped, data.toString('base64url'))
      } finally {
        dataKey.fill(0)
      }
    },

    async open(sealed, place) {
      const { wrapped, data } = read(sealed)
      const bytes = fromBase64url(data)
      const dataKey = await openKey(wrapped, place)
      try {
        return decrypt(keyObject(dataKey), bytes, placeText(DATA, place))
      } finally {
        dataKey.fill(0)
      }
    },

    async rewrap(sealed, place) {
      const { wrapped, data } = read(sealed)
      if (wrapped.keyId === kms.keyId) return undefined
      const dataKey = await openKey(wrapped, place)
      try {
        return write(await kms.wrap(dataKey, placeText(WRAPPED_KEY, place)), data)
      } finally {
        dataKey.fill(0)
      }
    },
  }
}

const write = (wrapped: WrappedKey, data: string): string =>
  `${VERSION}.${wrapped.keyId}.${wrapped.bytes.toString('base64url')}.${data}`

function read(sealed: string): Parts {
  const [version, keyId, key, data, ...rest] = sealed.split('.', 5)
  if (version !== VERSION || !keyId || !key || !data || rest.length > 0) throw new SealBroken('malformed')
  if (!KEY_ID.test(keyId)) throw new SealBroken('malformed')
  return { wrapped: { keyId, bytes: fromBase64url(key) }, data }
}

/** Node skips what is not base64 and ignores loose bits at the end; one value must have one spelling. */
function fromBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new SealBroken('malformed')
  return bytes
}
