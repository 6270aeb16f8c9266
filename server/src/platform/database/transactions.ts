// Transactions over any connection source: begin, work, append the changes last, commit, then tell the listeners.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Kysely } from 'kysely'
import type { Connection, NewChange, Transaction } from './database.ts'
import { builderOn, TransactionEnded } from './single-connection.ts'

export type Acquire = <T>(work: (connection: Connection) => Promise<T>, answerWithinMs?: number) => Promise<T>

/** Writes `changes` under the log's lock and returns the position of the last one (platform/changes/log.ts). */
export type AppendChanges = (connection: Connection, changes: readonly NewChange[]) => Promise<number>

const open = new AsyncLocalStorage<{ open: boolean }>()

export const insideTransaction = (): boolean => open.getStore()?.open === true

/** `acquire`, refused inside a transaction: there it would wait for the one connection its own caller holds. */
export const outsideTransaction =
  (acquire: Acquire): Acquire =>
  async (work, answerWithinMs) => {
    if (insideTransaction()) throw new Error('a connection was asked for inside a transaction')
    return acquire(work, answerWithinMs)
  }

export async function inTransaction<T>(
  acquire: Acquire,
  append: AppendChanges,
  mode: 'read committed' | 'repeatable read, read only',
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  if (insideTransaction()) throw new Error('a transaction was begun inside another one')
  const state = { open: true }
  const listeners: ((position: number | undefined) => void)[] = []
  const changes: NewChange[] = []
  let position: number | undefined
  const result = await acquire((connection) =>
    open.run(state, async () => {
      let failure: unknown
      const watched = watching(connection, (error) => {
        failure ??= error
      })
      const builder = builderOn(watched, () => state.open)
      const whileOpen = <T>(list: T[]) => {
        return (item: T) => {
          if (!state.open) throw new TransactionEnded()
          list.push(item)
        }
      }
      const tx: Transaction = {
        sql: <Tables>() => builder as unknown as Kysely<Tables>,
        append: whileOpen(changes),
        committed: whileOpen(listeners),
      }
      // Closed before the commit is sent: a query nobody awaited would run after it, in no transaction at all.
      const end = () => {
        state.open = false
      }
      try {
        await connection.query(`begin isolation level ${mode}`)
        const value = await work(tx).finally(end)
        if (failure !== undefined) await stillAlive(connection, failure)
        // The log's lock is taken last, so that it is held only for this insert and the commit (ADR 0006).
        if (changes.length > 0) position = await append(connection, changes)
        await connection.query('commit')
        return value
      } catch (error) {
        await connection.query('rollback').catch(() => {})
        throw error
      } finally {
        end()
      }
    }),
  )
  for (const listener of listeners) tell(listener, position)
  return result
}

const watching = (connection: Connection, onFailure: (error: unknown) => void): Connection => ({
  ...connection,
  query: (text, values) =>
    connection.query(text, values).catch((error) => {
      onFailure(error)
      throw error
    }),
})

// After a failed statement PostgreSQL answers COMMIT by rolling back, without an error. Work that swallowed the failure
// and did not go back to a savepoint must not be told that it was committed.
async function stillAlive(connection: Connection, failure: unknown): Promise<void> {
  await connection.query('select 1').catch(() => {
    throw failure
  })
}

// The transaction is committed: a listener that fails must not make it look otherwise, or it would be done twice.
function tell(listener: (position: number | undefined) => void, position: number | undefined): void {
  try {
    listener(position)
  } catch (error) {
    process.emitWarning(error as Error)
  }
}
