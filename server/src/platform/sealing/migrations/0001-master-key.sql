-- Which master key seals this database: a fingerprint that tells nothing about the key. One row.
create table master_key (
  one boolean primary key default true check (one),
  fingerprint text not null,
  changed_at timestamptz not null default now()
);
