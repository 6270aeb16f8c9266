// The issuer's keys: made once under a lock, kept sealed, held in memory.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import type { Connection, Database } from '../platform/database/index.ts'
import type { Sealing } from '../platform/sealing/index.ts'

export interface SigningKey {
  kid: string
  alg: 'ES256'
  privateKey: KeyObject
  publicKey: KeyObject
  /** With its private part; for oidc-provider's keystore. */
  jwk: JsonWebKey
}

export interface Keys {
  /** Signs what is issued now. */
  signing: SigningKey
  /** Every key a live token may be signed with, by `kid`. */
  byKid: ReadonlyMap<string, SigningKey>
  /** Signs oidc-provider's cookies. */
  cookies: readonly string[]
}

const LOCK = 7_261_004
const place = (kid: string) => ({ table: 'signing_keys', id: kid, column: 'sealed' })

export async function loadKeys({ database, sealing }: { database: Database; sealing: Sealing }): Promise<Keys> {
  // Made before the lock is taken, so that no transaction waits for key management; thrown away if another was first.
  const made = [await newSigningKey(sealing), await newCookieKey(sealing)]
  const rows = await database.connected((connection) => keepFirst(connection, made))
  const keys: SigningKey[] = []
  const cookies: string[] = []
  for (const { kid, use, sealed } of rows) {
    const opened = (await sealing.open(sealed, place(kid))).toString('utf8')
    if (use === 'cookie') cookies.push(opened)
    else keys.push(signingKey(kid, JSON.parse(opened)))
  }
  const signing = keys[0]
  if (!signing) throw new Error('there is no signing key')
  return { signing, byKid: new Map(keys.map((key) => [key.kid, key])), cookies }
}

interface KeyRow {
  kid: string
  use: 'sig' | 'cookie'
  sealed: string
}

async function keepFirst(connection: Connection, made: readonly KeyRow[]): Promise<KeyRow[]> {
  await connection.query('begin')
  try {
    await connection.query('select pg_advisory_xact_lock($1)', [LOCK])
    for (const { kid, use, sealed } of made)
      await connection.query(
        `insert into signing_keys (kid, use, sealed)
         select $1, $2, $3 where not exists (select 1 from signing_keys where use = $2)`,
        [kid, use, sealed],
      )
    const { rows } = await connection.query('select kid, use, sealed from signing_keys order by created_at desc, kid')
    await connection.query('commit')
    return rows as unknown as KeyRow[]
  } catch (error) {
    await connection.query('rollback').catch(() => {})
    throw error
  }
}

async function newSigningKey(sealing: Sealing): Promise<KeyRow> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' })
  const kid = await calculateJwkThumbprint(jwk as Parameters<typeof calculateJwkThumbprint>[0])
  return { kid, use: 'sig', sealed: await sealing.seal(JSON.stringify(jwk), place(kid)) }
}

async function newCookieKey(sealing: Sealing): Promise<KeyRow> {
  const kid = `cookie-${randomBytes(8).toString('hex')}`
  return { kid, use: 'cookie', sealed: await sealing.seal(randomBytes(32).toString('base64url'), place(kid)) }
}

function signingKey(kid: string, jwk: JsonWebKey): SigningKey {
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  return { kid, alg: 'ES256', privateKey, publicKey: createPublicKey(privateKey), jwk }
}
