// A Kysely dialect over one connection that is already held, alive only as long as its transaction.
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { Connection } from './database.ts'

export class TransactionEnded extends Error {
  constructor() {
    super('a query was made outside its transaction')
    this.name = 'TransactionEnded'
  }
}

/** A query builder on `connection`; every query throws TransactionEnded once `isOpen` answers false. */
export function builderOn(connection: Connection, isOpen: () => boolean): Kysely<Record<string, never>> {
  const held: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      if (!isOpen()) throw new TransactionEnded()
      const { rows, affected } = await connection.query(query.sql, query.parameters)
      return { rows: rows as R[], numAffectedRows: BigInt(affected) }
    },
    // biome-ignore lint/correctness/useYield: streaming is not offered; results here are bounded
    async *streamQuery(): AsyncIterableIterator<never> {
      throw new Error('streaming queries are not offered')
    },
  }
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => held,
    beginTransaction: refuseNested,
    commitTransaction: refuseNested,
    rollbackTransaction: refuseNested,
    releaseConnection: async () => {},
    destroy: async () => {},
  }
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
  return new Kysely<Record<string, never>>({ dialect })
}

async function refuseNested(): Promise<never> {
  throw new Error('a transaction is already open')
}
