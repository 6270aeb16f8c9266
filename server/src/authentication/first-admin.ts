// The first administrator: named by the operator, or made through a link that the first start prints.
import { anyUser, insertUser, setRoleMember } from '../directory/index.ts'
import { newId, type UserId } from '../kernel/ids.ts'
import { Problem } from '../kernel/problem.ts'
import { below } from '../pipeline/index.ts'
import type { Database, Transaction } from '../platform/database/index.ts'
import { hashPassword } from './passwords.ts'
import { insertSetupLink, keepPasswordHash, lockFirstAdmin } from './store.ts'
import { hashOf, newToken } from './tokens.ts'

const LINK_LIVES_MS = 24 * 3_600_000

export interface NewAdmin {
  email: string
  name: string | null
  hash: string
  now: number
}

export async function insertAdmin(tx: Transaction, { email, name, hash, now }: NewAdmin): Promise<UserId> {
  const id = newId('user', now)
  const user = await insertUser(tx, { id, email: email.toLowerCase(), name, population: 'workforce' })
  if (!user) throw new Problem('conflict', { detail: 'email: a person with this address exists' })
  await setRoleMember(tx, 'admin', id, true)
  await keepPasswordHash(tx, id, hash)
  return id
}

export interface BootstrapAdmin {
  database: Database
  email: string
  password: string
  /** Milliseconds since the epoch. */
  now: number
}

/** Adds the operator's administrator where there is nobody yet; undefined where there is. Safe on many replicas at once. */
export async function bootstrapAdmin({ database, email, password, now }: BootstrapAdmin): Promise<UserId | undefined> {
  if (await database.transaction(anyUser)) return undefined
  const hash = await hashPassword(password)
  return database.transaction(async (tx) => {
    await lockFirstAdmin(tx)
    return (await anyUser(tx)) ? undefined : insertAdmin(tx, { email, name: null, hash, now })
  })
}

/** A fresh link to `/setup` that works once, for 24 hours; undefined where there is somebody. */
export async function makeSetupLink({
  database,
  issuer,
  now,
}: {
  database: Database
  issuer: string
  now: number
}): Promise<string | undefined> {
  const token = newToken()
  return database.transaction(async (tx) => {
    if (await anyUser(tx)) return undefined
    await insertSetupLink(tx, hashOf(token), now + LINK_LIVES_MS)
    return below(issuer, `/setup?token=${token}`)
  })
}
