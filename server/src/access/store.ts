// The room's only SQL.
import type { ManagedConnectionTerms } from '@mandate/contract'
import { type Generated, type JSONColumnType, sql as raw } from 'kysely'
import type { AgentId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { Target } from './model.ts'

export interface AccessTables {
  managed_connections: {
    agent: AgentId
    target: Target
    terms: JSONColumnType<ManagedConnectionTerms>
    created_at: Generated<Date>
    changed_at: Generated<Date>
  }
}

export const TOPIC = 'access.managed-connection'

const sql = (tx: Transaction) => tx.sql<AccessTables>()

export async function putTerms(tx: Transaction, agent: AgentId, target: Target, terms: ManagedConnectionTerms) {
  const row = await sql(tx)
    .insertInto('managed_connections')
    .values({ agent, target, terms: JSON.stringify(terms) })
    .onConflict((conflict) =>
      conflict.columns(['agent', 'target']).doUpdateSet({ terms: JSON.stringify(terms), changed_at: raw`now()` }),
    )
    .returningAll()
    .executeTakeFirstOrThrow()
  tx.append({ topic: TOPIC, key: agent, body: { target, terms } })
  return row
}

export async function deleteTerms(tx: Transaction, agent: AgentId, target: Target): Promise<boolean> {
  const { numDeletedRows } = await sql(tx)
    .deleteFrom('managed_connections')
    .where('agent', '=', agent)
    .where('target', '=', target)
    .executeTakeFirst()
  if (numDeletedRows > 0n) tx.append({ topic: TOPIC, key: agent, body: { target, terms: null } })
  return numDeletedRows > 0n
}

export const listTerms = (tx: Transaction, agent: AgentId) =>
  sql(tx).selectFrom('managed_connections').selectAll().where('agent', '=', agent).orderBy('target').execute()

export const loadTerms = (tx: Transaction) =>
  sql(tx).selectFrom('managed_connections').select(['agent', 'target', 'terms']).execute()

export async function findTerms(tx: Transaction, agent: AgentId, target: Target) {
  const row = await sql(tx)
    .selectFrom('managed_connections')
    .select('terms')
    .where('agent', '=', agent)
    .where('target', '=', target)
    .executeTakeFirst()
  return row?.terms
}
