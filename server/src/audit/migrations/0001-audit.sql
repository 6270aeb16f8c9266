-- One row per leaf of the log: `entry` is the text that is hashed, the columns beside it are derived from it to filter by.
-- Retention: entries stay as long as the log; taking one away would be found by every verifier.
create table audit_events (
  -- Collation C: ids sort by time, byte for byte, on every machine.
  id text collate "C" primary key,
  at timestamptz not null,
  entry text not null,
  -- Place in the log, given by the sequencer after the row's own commit: rows commit unordered.
  leaf_index bigint,
  kind text not null check (kind in ('attempt', 'outcome', 'read', 'denial', 'refused', 'note')),
  operation text not null,
  sub text,
  agents text[] not null,
  -- Equal to sub where the call is for a user.
  user_id text,
  client text,
  session text,
  task text,
  delegation text,
  actions text[] not null,
  resources text[] not null,
  outcome text,
  approval text,
  correlation text
);
-- Partial, here and below: what a row does not have costs its insert nothing.
create unique index audit_events_leaf on audit_events (leaf_index) where leaf_index is not null;
create index audit_events_unsequenced on audit_events (id) where leaf_index is null;
create index audit_events_sub on audit_events (sub, id) where sub is not null;
create index audit_events_agents on audit_events using gin (agents) where agents <> '{}';
create index audit_events_task on audit_events (task, id) where task is not null;
create index audit_events_correlation on audit_events (correlation) where correlation is not null;

-- Append-only, against our own mistakes: who can drop this trigger is found by the tree instead.
create function audit_events_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit_events is append-only';
end $$;
create trigger audit_events_kept before delete on audit_events
  for each row execute function audit_events_append_only();
create trigger audit_events_never_emptied before truncate on audit_events
  for each statement execute function audit_events_append_only();
create trigger audit_events_unchanged before update on audit_events
  for each row when (old.leaf_index is not null or new.entry is distinct from old.entry or new.id <> old.id)
  execute function audit_events_append_only();

-- The Merkle tree (RFC 9162 §2.1): how many leaves it has, and its frontier as contract/log serialises it.
-- Retention: one row, kept. The epoch grows by one with every restore.
create table audit_tree (
  sole boolean primary key default true check (sole),
  size bigint not null,
  frontier bytea not null,
  epoch integer not null
);
insert into audit_tree (size, frontier, epoch) values (0, decode('0000000000000000', 'hex'), 1);

-- Every checkpoint that was ever signed: each must be consistent with all before it.
-- Retention: kept as long as the entries.
create table audit_checkpoints (
  size bigint primary key,
  note text not null,
  at timestamptz not null,
  epoch integer not null
);

-- The log's signing key, sealed. Retention: kept; verifiers outside know its public half.
create table audit_keys (
  id text primary key,
  sealed text not null,
  created_at timestamptz not null default now()
);
