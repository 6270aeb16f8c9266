-- Credentials of connections, sealed. Retention: as long as the connection.
create table held_credentials (
  connection text primary key,
  sealed text not null,
  changed_at timestamptz not null default now()
);
