// The room's only SQL: ciphertext in, ciphertext out.
import { type Generated, sql as raw } from 'kysely'
import type { ConnectionId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'

interface TokenVaultTables {
  held_credentials: { connection: ConnectionId; sealed: string; changed_at: Generated<Date> }
}

export const TOPIC = 'token-vault.credential'

const sql = (tx: Transaction) => tx.sql<TokenVaultTables>()

export async function keepSealed(tx: Transaction, connection: ConnectionId, sealed: string): Promise<void> {
  await sql(tx)
    .insertInto('held_credentials')
    .values({ connection, sealed })
    .onConflict((conflict) => conflict.column('connection').doUpdateSet({ sealed, changed_at: raw`now()` }))
    .execute()
  // Not even ciphertext goes into the log: it would outlive the re-wrap under a new master key.
  tx.append({ topic: TOPIC, key: connection, body: {} })
}

export async function findSealed(tx: Transaction, connection: ConnectionId): Promise<string | undefined> {
  const row = await sql(tx)
    .selectFrom('held_credentials')
    .select('sealed')
    .where('connection', '=', connection)
    .executeTakeFirst()
  return row?.sealed
}

export async function deleteSealed(tx: Transaction, connection: ConnectionId): Promise<void> {
  await sql(tx).deleteFrom('held_credentials').where('connection', '=', connection).execute()
  tx.append({ topic: TOPIC, key: connection, body: {} })
}
