-- One sealed note per person. Kept for a year.
create table notes (
  user_id text primary key,
  sealed text not null,
  written_at timestamptz not null
);
