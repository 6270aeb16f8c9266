// A certificate for this machine that signs itself: what trusts it trusts nothing else. Written out in DER (RFC 5280).
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const TAG = { flag: 0x01, integer: 0x02, bits: 0x03, bytes: 0x04, text: 0x0c, time: 0x17, list: 0x30, set: 0x31 }
const context = (n: number): number => 0xa0 + n
/** Object identifiers, encoded: ecdsa-with-SHA256, commonName, basicConstraints, subjectAltName. */
const ID = { ecdsa: '06082a8648ce3d040302', name: '0603550403', constraints: '0603551d13', names: '0603551d11' }
const id = (hex: string): Buffer => Buffer.from(hex, 'hex')

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : body.length < 256
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x82, body.length >> 8, body.length & 0xff])
  return Buffer.concat([Buffer.from([tag]), length, body])
}

const list = (...parts: Buffer[]): Buffer => der(TAG.list, ...parts)
/** `YYMMDDHHMMSSZ` */
const time = (at: Date): Buffer =>
  der(
    TAG.time,
    Buffer.from(
      `${at
        .toISOString()
        .replaceAll(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  )
const bits = (bytes: Buffer): Buffer => der(TAG.bits, Buffer.from([0]), bytes)
const YES = der(TAG.flag, Buffer.from([0xff]))

/** For `localhost` and 127.0.0.1, for a day; as PEM. */
export function selfSigned(): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = list(id(ID.ecdsa))
  const name = list(der(TAG.set, list(id(ID.name), der(TAG.text, Buffer.from('localhost')))))
  const now = Date.now()
  const validity = list(time(new Date(now - 60_000)), time(new Date(now + 86_400_000)))
  const names = list(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))
  const extensions = list(
    list(id(ID.constraints), YES, der(TAG.bytes, list(YES))),
    list(id(ID.names), der(TAG.bytes, names)),
  )
  const signed = list(
    der(context(0), der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ...[algorithm, name, validity, name, publicKey.export({ type: 'spki', format: 'der' })],
    der(context(3), extensions),
  )
  const signature = bits(sign('sha256', signed, privateKey))
  return {
    cert: pem('CERTIFICATE', list(signed, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

const pem = (label: string, bytes: Buffer): string =>
  // No line may be empty, and none longer than 64 letters (RFC 7468 §2).
  `-----BEGIN ${label}-----\n${(bytes.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`
