// The whole database in one transaction, for maintenance: statements of any kind, no hurry, and a `tx` for rooms.
import type { Kysely } from 'kysely'
import type { Connection, Database, NewChange, Transaction } from './database.ts'
import { builderOn, TransactionEnded } from './single-connection.ts'
import type { AppendChanges } from './transactions.ts'

export interface Whole {
  connection: Connection
  tx: Transaction
}

const ANSWER_WITHIN_MS = 6 * 3_600_000

// No limits of time but for locks, and one spelling of every value, whatever the server, database or role prefers.
const SETTINGS = `set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
  set local lock_timeout = '30s'; set local timezone = 'UTC'; set local datestyle = 'ISO, MDY';
  set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 3`

/** Commits when `work` resolves, leaves nothing behind when it throws. Never while a house is served from this process. */
export function inWhole<T>(
  database: Database,
  { mode, append }: { mode: 'read committed' | 'repeatable read, read only'; append: AppendChanges },
  work: (whole: Whole) => Promise<T>,
): Promise<T> {
  return database.connected(async (connection) => {
    let open = true
    const changes: NewChange[] = []
    const listeners: ((position: number | undefined) => void)[] = []
    const builder = builderOn(connection, () => open)
    const whileOpen =
      <Item>(list: Item[]) =>
      (item: Item) => {
        if (!open) throw new TransactionEnded()
        list.push(item)
      }
    const tx: Transaction = {
      sql: <Tables>() => builder as unknown as Kysely<Tables>,
      append: whileOpen(changes),
      committed: whileOpen(listeners),
    }
    let position: number | undefined
    let value: T
    try {
      await connection.query(`begin isolation level ${mode}`)
      await connection.script(SETTINGS)
      value = await work({ connection, tx })
      open = false
      if (changes.length > 0) position = await append(connection, changes)
      await connection.query('commit')
    } catch (error) {
      open = false
      await connection.query('rollback').catch(() => {})
      throw error
    }
    for (const listener of listeners) listener(position)
    return value
  }, ANSWER_WITHIN_MS)
}
