-- Stores of the OpenFGA API. Retention: until deleted; deleting one takes its models, tuples and history with it.
create table fga_stores (
  id text primary key,
  name text not null,
  created_at timestamptz not null default now()
);
-- Authorization models never change; the newest of a store is the one with the greatest id. Retention: as the store.
create table fga_models (
  store_id text not null references fga_stores (id) on delete cascade,
  id text not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  primary key (store_id, id)
);
-- Who is related to what. Retention: until deleted.
create table fga_tuples (
  store_id text not null references fga_stores (id) on delete cascade,
  object text not null,
  relation text not null,
  "user" text not null,
  written_at timestamptz not null default now(),
  primary key (store_id, object, relation, "user")
);
create index fga_tuples_user on fga_tuples (store_id, "user");
-- What was written and deleted, in order, for those who follow a store from outside. Retention: as the store.
create table fga_tuple_changes (
  store_id text not null references fga_stores (id) on delete cascade,
  n bigint generated always as identity,
  operation text not null check (operation in ('write', 'delete')),
  object text not null,
  relation text not null,
  "user" text not null,
  at timestamptz not null default now(),
  primary key (store_id, n)
);
