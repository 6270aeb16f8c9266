// Idempotency-Key on POST: one act per key and caller, however often the request is sent. The key is claimed in the
// act's own transaction, so two at once cannot both act: the second waits for the first and gets its answer.
import { createHash } from 'node:crypto'
import type { JSONColumnType } from 'kysely'
import type { Principal } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { StoredData } from '../platform/stored-data.ts'

interface IdempotencyTables {
  idempotency_keys: {
    key_hash: string
    request_hash: string
    answer: JSONColumnType<object> | null
    expires_at: Date
  }
}

export interface Keyed {
  key: string
  operation: string
  principal: Principal
  input: unknown
  now: number
}

const KEPT_MS = 24 * 3_600_000
const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')
const sql = (tx: Transaction) => tx.sql<IdempotencyTables>()

// A key belongs to who sent it and to the operation: nobody learns another's answer by guessing keys.
const nameOf = ({ key, operation, principal }: Keyed): string =>
  hash([principal.sub, principal.client, principal.act.map(({ sub }) => sub), operation, key])

/** Undefined when the act is to be done; else the answer it gave when it was. Throws `idempotency_conflict`. */
export async function claimKey(tx: Transaction, keyed: Keyed): Promise<{ answer: unknown } | undefined> {
  const key_hash = nameOf(keyed)
  // The key goes into it, and is itself kept as a hash only: alone, the hash of a body that holds a password could be
  // guessed back.
  const request_hash = hash([keyed.key, keyed.input])
  await sql(tx)
    .deleteFrom('idempotency_keys')
    .where('key_hash', '=', key_hash)
    .where('expires_at', '<', new Date(keyed.now))
    .execute()
  const claimed = await sql(tx)
    .insertInto('idempotency_keys')
    .values({ key_hash, request_hash, answer: null, expires_at: new Date(keyed.now + KEPT_MS) })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key_hash')
    .executeTakeFirst()
  if (claimed) return undefined
  const before = await sql(tx)
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'answer'])
    .where('key_hash', '=', key_hash)
    .executeTakeFirst()
  if (before?.request_hash !== request_hash) throw new Problem('idempotency_conflict')
  if (before.answer === null)
    throw new Problem('idempotency_conflict', {
      detail: 'This was done before, and its answer held something that is shown only once.',
    })
  return { answer: (before.answer as { output?: unknown }).output }
}

export async function keepAnswer(tx: Transaction, keyed: Keyed, output: unknown): Promise<void> {
  await sql(tx)
    .updateTable('idempotency_keys')
    .set({ answer: JSON.stringify({ output }) })
    .where('key_hash', '=', nameOf(keyed))
    .execute()
}

/** Deletes keys past their retention. */
export async function trimKeys(tx: Transaction, now: number): Promise<void> {
  await sql(tx).deleteFrom('idempotency_keys').where('expires_at', '<', new Date(now)).execute()
}

export const idempotencyData: StoredData = {
  name: 'pipeline',
  migrations: new URL('./migrations/', import.meta.url),
  sealed: [],
  transient: [{ table: 'idempotency_keys' }],
  // They stay, because they keep acts from being done twice.
  restored: async () => undefined,
}
