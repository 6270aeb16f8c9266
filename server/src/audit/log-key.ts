// The key the log is signed with: made once, kept sealed, opened at start.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { formatVerifierKey, verifierKey } from '@mandate/contract/log'
import type { Database } from '../platform/database/index.ts'
import type { Sealing } from '../platform/sealing/index.ts'
import { findKey, insertKey } from './store.ts'

export interface LogSigner {
  /** The log's origin, which is the key's name too (C2SP tlog-checkpoint). */
  name: string
  privateKey: KeyObject
  publicKey: KeyObject
}

const ID = 'log'
const PLACE = { table: 'audit_keys', id: ID, column: 'sealed' }

/** `origin`: the log's name, like a URL without its scheme: `id.example.com/audit/log`. */
export async function loadLogKey({
  database,
  sealing,
  origin,
}: {
  database: Database
  sealing: Sealing
  origin: string
}): Promise<LogSigner> {
  const kept = await database.transaction((tx) => findKey(tx, ID))
  const sealed = kept ?? (await makeKey(database, sealing))
  const bytes = await sealing.open(sealed, PLACE)
  const privateKey = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
  bytes.fill(0)
  return { name: origin, privateKey, publicKey: createPublicKey(privateKey) }
}

// Sealing may ask a key management outside, so no transaction is open around it. Of replicas that start together the
// first to insert wins, and the others take its key: the primary key decides where a lock would have to be held.
async function makeKey(database: Database, sealing: Sealing): Promise<string> {
  const bytes = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
  const fresh = await sealing.seal(bytes, PLACE)
  bytes.fill(0)
  return database.transaction(async (tx) => {
    await insertKey(tx, ID, fresh)
    const kept = await findKey(tx, ID)
    if (kept === undefined) throw new Error('the key of the audit log vanished while it was made')
    return kept
  })
}

/** What verifiers outside are given: `name+hash+key`. */
export const verifierKeyOf = ({ name, publicKey }: LogSigner): string => formatVerifierKey(verifierKey(name, publicKey))
