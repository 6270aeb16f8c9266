// The room's only SQL: ciphertext in, ciphertext out.
import { type Generated, sql as raw } from 'kysely'
import type { ConnectionId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'

interface TokenVaultTables {
  held_credentials: { connection: ConnectionId; sealed: string; version: number; changed_at: Generated<Date> }
}

export const TOPIC = 'token-vault.credential'

const sql = (tx: Transaction) => tx.sql<TokenVaultTables>()

export interface Held {
  sealed: string
  /** The connection's count of credentials when this one was put. */
  version: number
}

export async function keepSealed(tx: Transaction, connection: ConnectionId, { sealed, version }: Held): Promise<void> {
  await sql(tx)
    .insertInto('held_credentials')
    .values({ connection, sealed, version })
    .onConflict((conflict) => conflict.column('connection').doUpdateSet({ sealed, version, changed_at: raw`now()` }))
    .execute()
  // Not even ciphertext goes into the log: it would outlive the re-wrap under a new master key.
  tx.append({ topic: TOPIC, key: connection, body: {} })
}

export const findSealed = (tx: Transaction, connection: ConnectionId): Promise<Held | undefined> =>
  sql(tx)
    .selectFrom('held_credentials')
    .select(['sealed', 'version'])
    .where('connection', '=', connection)
    .executeTakeFirst()

export async function deleteSealed(tx: Transaction, connection: ConnectionId): Promise<void> {
  await sql(tx).deleteFrom('held_credentials').where('connection', '=', connection).execute()
  tx.append({ topic: TOPIC, key: connection, body: {} })
}
