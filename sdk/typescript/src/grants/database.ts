// The database that the grants are kept in: a transaction is all that is needed of it.

export type Query = (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>

export interface GrantsDatabase {
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
}

interface PgClient {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
  release(error?: Error | boolean): void
}

/** A pool of the package `pg`. */
export const inPool = (pool: { connect(): Promise<PgClient> }): GrantsDatabase => ({
  async transaction(work) {
    const client = await pool.connect()
    try {
      await client.query('begin')
      const done = await work((text, values) => client.query(text, values))
      await client.query('commit')
      client.release()
      return done
    } catch (error) {
      await client.query('rollback').catch(() => undefined)
      // Whatever state the connection is in, nobody else gets it.
      client.release(true)
      throw error
    }
  },
})

interface PgliteTransaction {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
}

/** PGlite. */
export const inPglite = (database: {
  transaction<T>(work: (tx: PgliteTransaction) => Promise<T>): Promise<T>
}): GrantsDatabase => ({
  transaction: (work) =>
    database.transaction((tx) =>
      work(async (text, values) => ({ rows: (await tx.query(text, values)).rows as Record<string, unknown>[] })),
    ),
})
