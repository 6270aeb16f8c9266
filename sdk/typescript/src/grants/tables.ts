// The tables that grants are kept in beside the documents, so that the database itself can filter.
import type { GrantsDatabase } from './database.ts'

const TABLES = [
  `create table if not exists mandate_grants (
    subject text not null,
    relation text not null,
    type text not null,
    object_id text not null,
    primary key (subject, relation, type, object_id)
  )`,
  // Who the table answers for. Somebody who is not here has no grants, and sees nothing.
  'create table if not exists mandate_grants_subjects (subject text primary key)',
  `create table if not exists mandate_grants_state (
    one boolean primary key default true check (one),
    store text not null,
    follows text not null,
    model text not null,
    changes_token text not null,
    revision bigint not null,
    -- When reading began: nothing that was taken back before is still granted.
    synced_at timestamptz not null
  )`,
]

export const createGrants = (database: GrantsDatabase): Promise<void> =>
  database.transaction(async (query) => {
    for (const table of TABLES) await query(table)
  })
